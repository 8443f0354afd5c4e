import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dataFlag,
  mostPayloadBytes,
  PacketWriter,
} from '../../../../../backend-janus/webrtc/sctp/association/wire/packet-format.ts';
import { isSoundSctp } from '../../../../../backend-janus/webrtc/sctp/packet-guard.ts';
import { SctpPair } from '../../../../support/sctp-pair.ts';

const abortType = 6;
const sackType = 3;

interface Part {
  readonly tsn: number;
  readonly size: number;
  readonly isFirst?: boolean;
  readonly isLast?: boolean;
  readonly stream?: number;
  readonly streamSequence?: number;
  readonly isUnordered?: boolean;
}

/** A connected pair whose left end now says what `tell` is given, numbered from the next TSN on. */
function hostile(): { readonly pair: SctpPair; readonly tell: (part: Part) => void } {
  const pair = new SctpPair({ firstTsn: 1 });
  pair.connect();
  const [initAck] = pair.right.sent.filter((packet) => packet.readUInt8(12) === 2);
  const tag = (initAck ?? Buffer.alloc(20)).readUInt32BE(16);
  const writer = new PacketWriter({ local: 5000, remote: 5000 });
  const tell = ({ size, ...part }: Part): void => {
    const place = {
      stream: 1,
      streamSequence: 0,
      protocol: 5,
      isFirst: false,
      isLast: false,
      isUnordered: false,
    };
    writer.addData({ ...place, ...part, bytes: Buffer.alloc(size) });
    pair.right.association.receive(writer.finish(tag), pair.clock.now());
  };
  return { pair, tell };
}

function types(packets: readonly Buffer[]): readonly number[] {
  return packets.map((packet) => packet.readUInt8(12));
}

/** What the last acknowledgement offers. */
function windowOf(pair: SctpPair): number {
  const sacks = pair.right.sent.filter((packet) => packet.readUInt8(12) === sackType);
  return sacks.at(-1)?.readUInt32BE(20) ?? 0;
}

test('a message that never ends is refused at the largest size, and the association with it', () => {
  const { pair, tell } = hostile();
  let tsn = 1;
  while (!pair.right.association.isClosed && tsn < 10_000) {
    tell({ tsn, size: mostPayloadBytes, isFirst: tsn === 1 });
    tsn += 1;
  }

  assert.ok((tsn - 2) * mostPayloadBytes <= 256 * 1024 + mostPayloadBytes);
  assert.equal(types(pair.right.sent).at(-1), abortType);
  assert.deepEqual(pair.right.heard, []);
});

test('messages that never end cost no more than the window and its reserve, however small they are', () => {
  for (const size of [1, 100, mostPayloadBytes]) {
    const { pair, tell } = hostile();
    let tsn = 1;
    while (!pair.right.association.isClosed && tsn < 100_000) {
      tell({ tsn, size, isFirst: true, stream: tsn % 1024 });
      tsn += 1;
    }

    assert.equal(pair.right.association.isClosed, true);
    assert.ok(tsn * (size + 256) < 1.6 * 1024 * 1024, `${tsn} of ${size}`);
  }
});

test('what comes behind a gap shrinks the window to nothing and is then refused, until the gap is closed', () => {
  const { pair, tell } = hostile();
  for (let tsn = 2; tsn < 3000; tsn += 1)
    tell({ tsn, size: 1000, isFirst: true, isLast: true, streamSequence: tsn - 1 });
  const refused = pair.right.association.dropped;

  assert.ok(refused > 1000);
  assert.ok(windowOf(pair) < 1300);
  assert.deepEqual(pair.right.heard, []);

  tell({ tsn: 1, size: 1000, isFirst: true, isLast: true });
  assert.equal(pair.right.heard.length, 3000 - 1 - refused);
  assert.equal(windowOf(pair), 1024 * 1024);
  assert.equal(pair.right.association.isClosed, false);
});

test('fragments far ahead of what has come are not noted', () => {
  const { pair, tell } = hostile();
  for (const tsn of [8192 + 1, 100_000, 2 ** 31, 2 ** 32 - 5])
    tell({ tsn, size: 10, isFirst: true, isLast: true, isUnordered: true });

  assert.deepEqual(pair.right.heard, []);
  assert.equal(windowOf(pair), 1024 * 1024);
});

test('fragments of different messages that claim to be one end the association', () => {
  for (const second of [
    { isLast: true, stream: 2 },
    { isLast: true, streamSequence: 1 },
    { isLast: true, isUnordered: true },
  ]) {
    const { pair, tell } = hostile();
    tell({ tsn: 1, size: 10, isFirst: true });
    tell({ tsn: 2, size: 10, ...second });

    assert.equal(pair.right.association.isClosed, true);
    assert.deepEqual(pair.right.heard, []);
  }
});

test('a report of what was never sent changes nothing', () => {
  const { pair } = hostile();
  const before = pair.right.association.dropped;
  const sack = pair.left.sent.concat(pair.right.sent).find((packet) => packet.readUInt8(12) === sackType);
  assert.equal(sack, undefined);
  pair.say(1, Buffer.alloc(100));
  pair.path = (packet) => {
    if (packet.readUInt8(12) === sackType) packet.writeUInt32BE(packet.readUInt32BE(16) + 5, 16);
    return [10];
  };
  pair.pass(450);

  assert.equal(pair.left.association.dropped > 0, true);
  assert.equal(pair.right.association.dropped, before);
  pair.path = () => [10];
  pair.pass(5000);
  assert.equal(pair.clock.pending, 0);
});

test('no sound packet of random content makes an association throw', () => {
  const { pair } = hostile();
  const { random } = pair;
  const seen = [...pair.left.sent];
  pair.say(1, Buffer.alloc(5000));
  pair.pass(1000);
  seen.push(...pair.left.sent);
  let passed = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const packet = Buffer.from(seen[random.uint32() % seen.length] ?? Buffer.alloc(0));
    for (let change = random.uint32() % 4; change > 0; change -= 1) {
      const at = 12 + (random.uint32() % Math.min(packet.length - 12, 40));
      packet.writeUInt8(random.uint32() & (at === 13 ? dataFlag.first | dataFlag.last : 0xff), at);
    }
    if (!isSoundSctp(packet)) continue;
    passed += 1;
    pair.right.association.receive(packet, pair.clock.now());
    if (pair.right.association.isClosed) break;
  }
  pair.pass(300_000);

  assert.ok(passed > 100);
  assert.equal(pair.clock.pending, 0);
});
