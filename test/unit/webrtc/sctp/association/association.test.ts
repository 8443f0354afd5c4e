import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badPath, goodPath, SctpPair, type SctpEnd } from '../../../../support/sctp-pair.ts';

const dataType = 0;
const initType = 1;
const sackType = 3;
const abortType = 6;
const forwardType = 192;

function filled(size: number, value: number): Buffer {
  return Buffer.alloc(size, value);
}

function connected(options: { readonly seed?: number; readonly firstTsn?: number } = {}): SctpPair {
  const pair = new SctpPair(options);
  pair.connect();
  return pair;
}

/** The type of the first chunk. */
function typeOf(packet: Buffer): number {
  return packet.readUInt8(12);
}

/** Loses the first packet that carries user data with this first byte, as often as told. */
function losing(value: number, times: number): SctpPair['path'] {
  let left = times;
  return (packet) => {
    const isIt = typeOf(packet) === dataType && packet.readUInt8(28) === value;
    if (isIt && left > 0) {
      left -= 1;
      return [];
    }
    return [10];
  };
}

function valuesOf({ heard }: SctpEnd): readonly number[] {
  return heard.map(({ bytes }) => bytes.readUInt8(0));
}

test('messages of every size arrive whole, with their stream and protocol', () => {
  const pair = connected();
  const sizes = [1, 2, 3, 4, 1159, 1160, 1161, 5000, 65_536, 262_144];

  for (const [index, size] of sizes.entries()) pair.say(index, filled(size, index));
  pair.pass(10_000);

  assert.deepEqual(
    pair.right.heard,
    sizes.map((size, index) => ({ stream: index, protocol: 5, bytes: filled(size, index) })),
  );
  assert.equal(pair.clock.pending, 0);
});

for (const firstTsn of [7, 2 ** 32 - 40]) {
  test(`what is reliable arrives once and in order whatever the path does, numbered from ${firstTsn} on`, () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const pair = connected({ seed, firstTsn });
      pair.path = badPath(0.2);

      for (let value = 0; value < 60; value += 1)
        pair.say(value % 3, filled(value % 10 === 0 ? 20_000 : 700, value));
      pair.pass(120_000);

      assert.equal(pair.right.heard.length, 60);
      for (const stream of [0, 1, 2]) {
        const values = pair.right.heard.filter((message) => message.stream === stream);
        assert.deepEqual(
          values.map(({ bytes }) => bytes.readUInt8(0)),
          Array.from({ length: 20 }, (_, index) => 3 * index + stream),
        );
      }
      assert.equal(pair.clock.pending, 0);
    }
  });
}

test('both may begin at once, and one may begin alone', () => {
  for (const starters of [['left', 'right'], ['left'], ['right']] as const) {
    const pair = new SctpPair();
    for (const name of starters) pair[name].association.start(pair.clock.now());
    pair.pass(5000);

    assert.equal(pair.left.association.isEstablished, true);
    assert.equal(pair.right.association.isEstablished, true);
    pair.say(1, filled(9, 9));
    pair.pass(1000);
    assert.deepEqual(valuesOf(pair.right), [9]);
  }
});

test('an association begins over a bad path too', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const pair = new SctpPair({ seed });
    pair.path = badPath(0.3);
    pair.left.association.start(0);
    pair.right.association.start(0);
    pair.say(1, filled(9, 9));
    pair.pass(60_000);

    assert.deepEqual(valuesOf(pair.right), [9]);
  }
});

test('a peer that never answers is asked a few times, and then only listened to', () => {
  const pair = new SctpPair();
  pair.path = () => [];
  pair.left.association.start(0);
  pair.pass(1_000_000);

  assert.equal(pair.left.sent.length, 8);
  assert.ok(pair.left.sent.every((packet) => typeOf(packet) === initType));
  assert.equal(pair.clock.pending, 0);

  pair.path = goodPath;
  pair.right.association.start(pair.clock.now());
  pair.pass(5000);
  assert.equal(pair.left.association.isEstablished, true);
});

test('an ordered message waits for the one before it; an unordered one and other streams do not', () => {
  const pair = connected();
  pair.path = losing(1, 1);

  pair.say(1, filled(100, 1));
  pair.pass(1);
  pair.say(1, filled(100, 2));
  pair.say(2, filled(100, 3));
  pair.say(1, filled(3000, 4), { isOrdered: false });
  pair.pass(5000);

  assert.deepEqual(valuesOf(pair.right), [3, 4, 1, 2]);
});

test('a message is sent again as often as its channel allows, and what follows arrives', () => {
  for (const [limit, losses, expected] of [
    [0, 1, [2, 3]],
    [2, 2, [1, 2, 3]],
    [2, 3, [2, 3]],
  ] as const) {
    const pair = connected();
    pair.path = losing(1, losses);

    for (const value of [1, 2, 3]) {
      pair.say(1, filled(100, value), { mostRetransmissions: limit });
      pair.pass(1);
    }
    pair.pass(20_000);

    assert.deepEqual(valuesOf(pair.right), expected);
    assert.equal(pair.clock.pending, 0);
  }
});

test('a message that is too late is given up, one that is in time is not', () => {
  const pair = connected();
  pair.path = losing(1, 100);

  pair.say(1, filled(5000, 1), { lifetimeMs: 300 });
  pair.pass(1);
  pair.say(1, filled(100, 2), { lifetimeMs: 60_000 });
  pair.pass(20_000);

  assert.deepEqual(valuesOf(pair.right), [2]);
  assert.equal(pair.left.association.queuedBytes, 0);
});

test('giving up is told again until it is heard', () => {
  const pair = connected();
  let forwards = 0;
  const lossy = losing(1, 100);
  pair.path = (packet, random) => {
    if (typeOf(packet) !== forwardType) return lossy(packet, random);
    forwards += 1;
    return forwards < 4 ? [] : [10];
  };

  pair.say(1, filled(100, 1), { mostRetransmissions: 0 });
  pair.pass(20_000);
  pair.say(1, filled(100, 2));
  pair.pass(1000);

  assert.deepEqual(valuesOf(pair.right), [2]);
  assert.equal(pair.clock.pending, 0);
});

test('a message of which all that was sent arrived, but not all was sent, is skipped', () => {
  const pair = connected();
  let acknowledgements = 0;
  pair.path = (packet) => {
    if (typeOf(packet) !== sackType) return [10];
    acknowledgements += 1;
    return acknowledgements < 10 ? [] : [10];
  };

  pair.say(1, filled(100_000, 1), { lifetimeMs: 200 });
  pair.say(1, filled(100, 2));
  pair.pass(20_000);

  assert.deepEqual(valuesOf(pair.right), [2]);
});

test('limited messages over a bad path: those that arrive are in order, none twice, and nothing is stuck', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const pair = connected({ seed });
    pair.path = badPath(0.3);
    for (let value = 0; value < 100; value += 1) {
      pair.say(1, filled(value % 5 === 0 ? 4000 : 300, value), { mostRetransmissions: value % 2 });
      pair.pass(10);
    }
    pair.path = goodPath;
    pair.pass(60_000);
    pair.say(1, filled(10, 200));
    pair.pass(1000);

    const values = valuesOf(pair.right);
    assert.equal(values.at(-1), 200);
    assert.deepEqual(
      values,
      [...new Set(values)].toSorted((one, other) => one - other),
    );
    assert.ok(values.length > 40);
    assert.equal(pair.clock.pending, 0);
  }
});

test('a closed stream is told, is closed back, and can be used again', () => {
  const pair = connected();
  pair.say(3, filled(10, 1));
  pair.pass(500);

  pair.path = badPath(0.3);
  pair.left.association.close(3, pair.clock.now());
  assert.equal(pair.left.association.isClosing(3), true);
  pair.pass(20_000);
  pair.path = goodPath;
  pair.say(3, filled(10, 2));
  pair.pass(500);

  assert.deepEqual(pair.right.resets, [3]);
  assert.equal(pair.left.association.isClosing(3), false);
  assert.deepEqual(valuesOf(pair.right), [1, 2]);
});

test('closing a stream while a long message is under way sends that message first', () => {
  const pair = connected();
  pair.say(3, filled(200_000, 1));
  pair.say(3, filled(10, 2));
  pair.left.association.close(3, pair.clock.now());
  pair.pass(20_000);

  assert.deepEqual(valuesOf(pair.right), [1]);
  assert.deepEqual(pair.right.resets, [3]);
});

test('an end that aborts closes the other, and nothing is sent after it', () => {
  const pair = connected();
  pair.left.association.abort();
  pair.say(1, filled(10, 1));
  pair.pass(5000);

  assert.equal(pair.right.association.isClosed, true);
  assert.equal(typeOf(pair.left.sent.at(-1) ?? Buffer.alloc(13)), abortType);
  assert.equal(pair.clock.pending, 0);
});

test('a peer that went away without a word is given up', () => {
  const pair = connected();
  pair.path = () => [];
  pair.say(1, filled(100_000, 1));
  pair.pass(300_000);

  assert.equal(pair.left.association.isClosed, true);
  assert.equal(pair.clock.pending, 0);
});
