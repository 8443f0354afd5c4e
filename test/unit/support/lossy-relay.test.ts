import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramSocket, TransportAddress } from '#services/kernel';
import { FakeClock } from '../../support/fake-clock.ts';
import { LossyRelay } from '../../support/lossy-relay.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

interface Heard {
  readonly value: number;
  readonly from: TransportAddress;
  readonly at: number;
}

/** A peer, a relay and a port behind it that sends everything back. */
async function scene(seed = 1) {
  const clock = new FakeClock();
  const sockets = new VirtualNetwork(clock);
  const seen: Heard[] = [];
  const target = await sockets.bind(
    { address: '127.0.0.1', port: 7000 },
    {
      receive: (datagram, from, now) => {
        seen.push({ value: datagram.readUInt16BE(0), from: { ...from }, at: now });
        target.send(Buffer.from(datagram), from);
      },
    },
  );
  const relay = await LossyRelay.open({ clock, random: new SeededRandom(seed), sockets }, target.local);
  const peer = async () => {
    const heard: Heard[] = [];
    const socket = await sockets.bind(
      { address: '127.0.0.1', port: 0 },
      { receive: (datagram, from, at) => heard.push({ value: datagram.readUInt16BE(0), from, at }) },
    );
    await say(socket, [60_000]);
    await clock.run(1000);
    await say(socket, [60_000]);
    await clock.run(1000);
    heard.length = 0;
    seen.length = 0;
    return { socket, heard };
  };
  const say = async (socket: DatagramSocket, values: readonly number[]): Promise<void> => {
    for (const value of values) {
      const bytes = Buffer.alloc(2);
      bytes.writeUInt16BE(value, 0);
      socket.send(bytes, relay.local);
      socket.flush();
      await clock.run(1);
    }
  };
  return { clock, sockets, relay, seen, peer, say };
}

const numbers = Array.from({ length: 1000 }, (_, index) => index);

test('what is not told to lose anything carries everything, in order, both ways, each peer from a port of its own', async () => {
  const { clock, relay, seen, peer, say } = await scene();
  const [left, right] = [await peer(), await peer()];

  await say(left.socket, [1, 2, 3]);
  await say(right.socket, [4]);
  await clock.run(10);

  assert.deepEqual(seen.map(({ value }) => value), [1, 2, 3, 4]); // prettier-ignore
  assert.deepEqual(left.heard.map(({ value }) => value), [1, 2, 3]); // prettier-ignore
  assert.deepEqual(right.heard.map(({ value }) => value), [4]); // prettier-ignore
  assert.equal(new Set(seen.map(({ from }) => from.port)).size, 2);
  assert.ok([...left.heard, ...right.heard].every(({ from }) => from.port === relay.local.port));
});

test('loss, doubling and overtaking happen about as often as told, and again the same with the same seed', async () => {
  const outcomes = [];
  for (const seed of [5, 5, 6]) {
    const { clock, relay, seen, peer, say } = await scene(seed);
    const { socket } = await peer();
    relay.toTarget = { lossRatio: 0.1, duplicateRatio: 0.1, reorderRatio: 0.1, delayMs: 20 };
    await say(socket, numbers);
    await clock.run(1000);
    outcomes.push(seen.map(({ value }) => value).join());

    const { lost, duplicated } = relay.counts.toTarget;
    assert.ok(lost > 60 && lost < 140, String(lost));
    assert.ok(duplicated > 50 && duplicated < 140, String(duplicated));
    assert.equal(seen.length, 1000 - lost + duplicated);
    const late = seen.filter(({ value }, index) => value < (seen[index - 1]?.value ?? 0)).length;
    assert.ok(late > 40, String(late));
  }
  assert.equal(outcomes[0], outcomes[1]);
  assert.notEqual(outcomes[0], outcomes[2]);
});

test('jitter spreads delays and keeps the order', async () => {
  const { clock, relay, seen, peer, say } = await scene();
  const { socket } = await peer();
  relay.both = { delayMs: 40, jitterMs: 30 };
  const start = clock.now();

  await say(socket, numbers);
  await clock.run(1000);

  assert.deepEqual(seen.map(({ value }) => value), numbers); // prettier-ignore
  const delays = seen.map(({ value, at }) => at - start - value);
  assert.ok(Math.min(...delays) >= 9 && Math.max(...delays) <= 75);
  assert.ok(Math.max(...delays) - Math.min(...delays) > 20);
});

test('more than 4,096 that wait are lost and counted, and disposing frees all', async () => {
  const { clock, sockets, relay, peer, say } = await scene();
  const { socket } = await peer();
  relay.toTarget = { delayMs: 100_000 };

  await say(
    socket,
    Array.from({ length: 5000 }, () => 1),
  );

  assert.equal(relay.counts.toTarget.overflowed, 5000 - 4096);
  await relay[Symbol.asyncDispose]();
  assert.equal(clock.pending, 0);
  assert.equal(sockets.bound, 2);
});

test('a description names the relay in the place of the port behind it', async () => {
  const { relay } = await scene();
  const line = 'a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host\r\n';

  assert.equal(relay.rewrite(line), line.replace(' 7000 ', ` ${relay.local.port} `));
  assert.equal(relay.rewrite(line.replace('7000', '7001')), line.replace('7000', '7001'));
});
