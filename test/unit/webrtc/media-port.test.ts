import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramSocket, TransportAddress } from '#services/kernel';
import { parseStun } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { printStun } from '../../../backend-janus/webrtc/ice/stun-printer.ts';
import { MediaPort, type MediaPortOptions } from '../../../backend-janus/webrtc/media-port.ts';
import { createSecretKey } from 'node:crypto';
import { FakeClock } from '../../support/fake-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';
import { VirtualStreams } from '../../support/virtual-streams.ts';

const inside = { address: '192.0.2.9', port: 10_000 };
const server = { address: '203.0.113.3', port: 3478 };

class World {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom();
  readonly sockets = new VirtualNetwork(this.clock);
  readonly streams = new VirtualStreams(this.clock);
  requests = 0;

  open(options: Partial<MediaPortOptions>): Promise<MediaPort> {
    return MediaPort.open(this, { local: inside, announcedAddresses: [], ...options });
  }

  /** A STUN server that sees everyone at `mapped`; silent while that is undefined. */
  async serve(mapped: () => TransportAddress | undefined, at = server): Promise<void> {
    const socket: DatagramSocket = await this.sockets.bind(at, {
      receive: (datagram, from) => {
        const { transactionId } = parseStun(datagram) ?? {};
        const mappedAddress = mapped();
        this.requests += 1;
        if (transactionId === undefined || mappedAddress === undefined) return;
        const key = createSecretKey(Buffer.from('a server needs none'));
        socket.send(printStun({ class: 'success', transactionId, mappedAddress }, key), from);
      },
    });
  }
}

test('candidates name every way in: both families, UDP before TCP', async () => {
  const world = new World();
  await using port = await world.open({
    secondAddress: '2001:db8::9',
    iceTcp: { servers: world.streams, port: 4_433 },
  });

  assert.deepEqual(port.candidates, [
    'candidate:1 1 udp 2130706431 192.0.2.9 10000 typ host',
    'candidate:2 1 udp 2130706431 2001:db8::9 10000 typ host',
    'candidate:3 1 tcp 1526726655 192.0.2.9 4433 typ host tcptype passive',
    'candidate:4 1 tcp 1526726655 2001:db8::9 4433 typ host tcptype passive',
  ]);
});

test('what is announced stands for the sockets of its family, the best first', async () => {
  await using port = await new World().open({
    secondAddress: '::',
    announcedAddresses: ['2001:db8::1', '198.51.100.1', '198.51.100.2'],
  });

  assert.deepEqual(
    port.candidates.map((text) => text.split(' ').slice(3, 6).join(' ')),
    ['2130706175 198.51.100.1 10000', '2130705919 198.51.100.2 10000', '2130706431 2001:db8::1 10000'],
  );
});

test('a picked port is the same for both families, or another where it is taken', async () => {
  const world = new World();
  const options = { local: { ...inside, port: 0 }, secondAddress: '2001:db8::9' };
  await using first = await world.open(options);
  const [four, six] = first.mux.locals;
  await world.sockets.bind({ address: '192.0.2.9', port: 50_000 }, { receive: () => undefined });

  assert.equal(four?.port, six?.port);
  await world.sockets.bind({ address: '2001:db8::8', port: 49_153 }, { receive: () => undefined });
  await using second = await world.open({ ...options, secondAddress: '2001:db8::8' });
  assert.equal(second.mux.locals.length, 2);
  await assert.rejects(
    world.open({ secondAddress: '2001:db8::9', local: { ...inside, port: four?.port ?? 0 } }),
    {
      code: 'EADDRINUSE',
    },
  );
});

test('an ICE-lite port asks nobody, whatever servers it is told', async () => {
  const world = new World();
  await using port = await world.open({ stunServers: [server] });

  world.clock.advance(60_000);

  assert.equal(world.sockets.contacted.size, 0);
  assert.equal(port.candidates.length, 1);
});

test('full ICE asks its servers and no others, and announces where they see us', async () => {
  const world = new World();
  await world.serve(() => ({ address: '198.51.100.77', port: 61_000 }));
  const opening = world.open({ ice: 'full', stunServers: [server] });
  await world.clock.run(10);

  await using port = await opening;

  assert.deepEqual([...world.sockets.contacted], ['203.0.113.3:3478', '192.0.2.9:10000']);
  assert.equal(
    port.candidates[1],
    'candidate:2 1 udp 1694498815 198.51.100.77 61000 typ srflx raddr 192.0.2.9 rport 10000',
  );
});

test('the address is asked for again before a NAT forgets it, and follows the answers', async () => {
  const world = new World();
  let mapped: TransportAddress | undefined = { address: '198.51.100.77', port: 61_000 };
  await world.serve(() => mapped);
  const opening = world.open({ ice: 'full', stunServers: [server] });
  await world.clock.run(10);
  await using port = await opening;
  const before = world.requests;

  mapped = { address: '198.51.100.78', port: 61_001 };
  world.clock.advance(30_000);
  assert.match(port.candidates[1] ?? '', / 198\.51\.100\.78 61001 /);
  assert.ok(world.requests - before >= 2);
  mapped = undefined;
  world.clock.advance(90_000);

  assert.equal(port.candidates.length, 1);
});

test('a server that does not answer delays the start by less than two seconds', async () => {
  const world = new World();
  const opening = world.open({ ice: 'full', stunServers: [server] });

  await world.clock.run(2_000);
  await using port = await opening;

  assert.deepEqual([...world.sockets.contacted], ['203.0.113.3:3478']);
  assert.equal(port.candidates.length, 1);
});

test('an answer from elsewhere, or without being asked, is not believed', async () => {
  const world = new World();
  const opening = world.open({ ice: 'full', stunServers: [server] });
  const stranger = await world.sockets.bind(
    { address: '203.0.113.4', port: 3478 },
    { receive: () => undefined },
  );
  const heard: Buffer[] = [];
  await world.sockets.bind(server, { receive: (datagram) => heard.push(Buffer.from(datagram)) });
  await world.clock.run(1);
  const { transactionId = Buffer.alloc(12) } = parseStun(heard[0] ?? Buffer.alloc(0)) ?? {};
  const key = createSecretKey(Buffer.from('x'));
  const mappedAddress = { address: '198.51.100.66', port: 6 };

  stranger.send(printStun({ class: 'success', transactionId, mappedAddress }, key), inside);
  stranger.send(printStun({ class: 'success', transactionId: Buffer.alloc(12), mappedAddress }, key), inside);
  stranger.flush();
  await world.clock.run(2_000);
  await using port = await opening;

  assert.equal(port.candidates.length, 1);
  assert.deepEqual([port.mux.drops.unauthentic, port.mux.drops.unexpected_message], [1, 1]);
});

test('disposing stops all asking', async () => {
  const world = new World();
  const opening = world.open({
    ice: 'full',
    stunServers: [server],
    iceTcp: { servers: world.streams, port: 0 },
  });
  await world.clock.run(2_000);
  const port = await opening;

  await port[Symbol.asyncDispose]();

  assert.deepEqual([world.clock.pending, world.sockets.bound, port.mux.asking.transactions.size], [0, 0, 0]);
});
