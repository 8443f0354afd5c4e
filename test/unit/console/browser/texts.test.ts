import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommand } from '#schemas';
import {
  bitrateText,
  countText,
  durationText,
  millisecondsText,
  sizeText,
} from '../../../../services/console/browser/format.ts';
import { linePath, niceCeiling } from '../../../../services/console/browser/plot-scale.ts';
import {
  curlCommand,
  natsCommand,
  websocketCommand,
} from '../../../../services/console/browser/start/first-command.ts';

test('numbers are shown in the unit that fits', () => {
  assert.deepEqual([999, 1000, 999_499, 999_500, 1_254_000].map(bitrateText), [
    '999 bit/s',
    '1 kbit/s',
    '999 kbit/s',
    '1.00 Mbit/s',
    '1.25 Mbit/s',
  ]);
  assert.deepEqual([12, 1234, 1_250_000].map(sizeText), ['12 B', '1.2 kB', '1.3 MB']);
  assert.deepEqual([0.42, 9.96, 12.4].map(millisecondsText), ['0.4 ms', '10.0 ms', '12 ms']);
  assert.deepEqual([3, 63, 7500].map(durationText), ['3 s', '1 min 3 s', '2 h 5 min']);
  assert.equal(countText(12_345), '12,345');
  assert.deepEqual([bitrateText(undefined), sizeText(undefined), countText(undefined)], ['–', '–', '–']);
});

test('an axis ends at a round number that holds all values', () => {
  assert.deepEqual(
    [0, 1, 1.1, 3, 99, 100, 101, 730_000].map((largest) => niceCeiling(largest, 1)),
    [1, 1, 2, 5, 100, 100, 200, 1_000_000],
  );
  assert.equal(niceCeiling(3, 100), 100);
});

test('a line runs to the right edge and is interrupted where a value lacks', () => {
  const field = { width: 100, height: 10 };

  assert.equal(linePath([0, 5, undefined, 10, 20], 5, 10, field), 'M0.0 10.0L25.0 5.0M75.0 0.0L100.0 0.0');
  assert.equal(linePath([5], 5, 10, field), 'M100.0 5.0');
  assert.equal(linePath([], 5, 10, field), '');
});

test('the commands of the start page hold an envelope that the broker takes', () => {
  for (const command of [
    natsCommand({ url: undefined, prefix: 'media' }),
    curlCommand('http://127.0.0.1:8080'),
  ]) {
    const envelope: unknown = JSON.parse(/'(\{.*\})'$/.exec(command)?.[1] ?? '');
    assert.ok(typeof envelope === 'object' && envelope !== null && 'data' in envelope);
    assert.equal(checkCommand('session.create', envelope.data).ok, true);
  }
  const lines = [...websocketCommand('ws://127.0.0.1:9010').matchAll(/'(\{.*?\})'/g)].map(
    ([, json]) => json ?? '',
  );
  assert.equal(lines.length, 2);
  assert.doesNotThrow(() => lines.map((line): unknown => JSON.parse(line)));
});

test('the bus is named unless the program finds it by itself, and no address escapes into the shell', () => {
  const prefix = 'media';

  assert.match(natsCommand({ url: 'nats://127.0.0.1:4222', prefix }), /^nats req media\.cmd '/);
  assert.match(
    natsCommand({ url: 'nats://10.0.0.1:4222', prefix }),
    /^nats req -s nats:\/\/10\.0\.0\.1:4222 media\.cmd '/,
  );
  assert.match(
    natsCommand({ url: "nats://a;rm -rf '~'", prefix }),
    /^nats req -s 'nats:\/\/a;rm -rf '\\''~'\\''' media/,
  );
});
