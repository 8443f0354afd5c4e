import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStun } from '../../../../backend-janus/webrtc/ice/stun-message.ts';
import { TcpCarrier, type TcpLimits } from '../../../../backend-janus/webrtc/ice-tcp/tcp-carrier.ts';
import { printCheck, type CheckFields } from '../../../support/checking-peer.ts';
import { credentials, dtls, MuxWorld, plainAddress, rtp } from '../../../support/mux-world.ts';
import { framed, VirtualStreams, type VirtualClient } from '../../../support/virtual-streams.ts';

const local = { address: '192.0.2.9', port: 10_000 };
const noCounts = { accepted: 0, refused: 0, unproven: 0, malformed: 0, idle: 0, backlogged: 0 };
const wrong = { password: 'a guess of enough length' };

/** A port with a peer, that takes connections. */
class World implements AsyncDisposable {
  readonly base: MuxWorld;
  readonly streams: VirtualStreams;
  carrier: TcpCarrier | undefined;
  #clients = 0;

  private constructor(base: MuxWorld) {
    this.base = base;
    this.streams = new VirtualStreams(base.clock);
    base.peer.expect('theirs');
  }

  static async open(limits: Partial<TcpLimits> = {}): Promise<World> {
    const world = new World(await MuxWorld.open());
    const { streams: servers, base } = world;
    await base.mux.attach(async (host) => {
      world.carrier = await TcpCarrier.open({ servers, clock: base.clock }, local, host, limits);
      return world.carrier;
    });
    return world;
  }

  connect(address = '198.51.100.1'): VirtualClient {
    this.#clients += 1;
    return this.streams.connect({ address, port: 40_000 + this.#clients });
  }

  /** One whose check was answered, and who nominated. */
  proven(fields: CheckFields = { useCandidate: true }): VirtualClient {
    const client = this.connect();
    client.send(printCheck(credentials, 'theirs', fields));
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.base[Symbol.asyncDispose]();
  }
}

test('an authentic check proves a connection, and then media goes both ways', async () => {
  await using world = await World.open();
  const client = world.proven();

  client.send(dtls, rtp);
  world.base.peer.send(Buffer.from(rtp));

  assert.deepEqual(plainAddress(world.base.peer.remote), client.remote);
  assert.deepEqual(parseStun(client.datagrams[0] ?? Buffer.alloc(0))?.mappedAddress, client.remote);
  assert.deepEqual(client.datagrams[1], Buffer.from(rtp));
  assert.deepEqual(world.base.heard.words, ['dtls 4', 'rtp 12']);
});

test('what does not begin with a check that is believed is closed at once, unanswered', async () => {
  await using world = await World.open();
  const beginnings = [
    framed(Buffer.from(dtls)),
    framed(Buffer.from(rtp)),
    framed(printCheck(credentials, 'theirs', wrong)),
    framed(printCheck({ ...credentials, ufrag: 'nobody' }, 'theirs')),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('1603010200010001fc0303', 'hex'),
  ];

  const clients = beginnings.map((bytes) => {
    const client = world.connect();
    client.sendBytes(bytes);
    return client;
  });

  assert.deepEqual(
    clients.map(({ isClosed, received }) => [isClosed, received.length]),
    clients.map(() => [true, 0]),
  );
  assert.equal(world.carrier?.counts.unproven, beginnings.length);
  assert.deepEqual(world.base.heard.words, []);
});

test('a connection that says nothing, or says it byte by byte, has five seconds', async () => {
  await using world = await World.open();
  const silent = world.connect();
  const slow = world.connect();
  const good = world.proven();

  for (let second = 0; second < 6; second += 1) {
    slow.sendBytes(Buffer.from([0]));
    good.send(rtp);
    world.base.clock.advance(1_000);
  }

  assert.deepEqual([silent.isClosed, slow.isClosed, good.isClosed], [true, true, false]);
});

test('a check that comes before its answer has reached us may be repeated', async () => {
  await using world = await World.open();
  world.base.peer.restart({ ...credentials, ufrag: 'next' });
  const client = world.connect();
  const check = printCheck({ ...credentials, ufrag: 'next' }, 'later', { useCandidate: true });

  client.send(check);
  world.base.peer.expect('later');
  client.send(check);

  assert.equal(client.isClosed, false);
  assert.deepEqual(plainAddress(world.base.peer.remote), client.remote);
});

test('but not for ever', async () => {
  await using world = await World.open();
  const client = world.connect();

  for (let count = 0; count < 16; count += 1) client.send(printCheck(credentials, 'stranger'));

  assert.equal(client.isClosed, true);
  assert.equal(client.received.length, 0);
});

test('who holds all places of those that are not proven keeps nobody else out', async () => {
  await using world = await World.open({ mostUnproven: 3 });
  const proven = world.proven();
  const silent = [1, 2, 3, 4].map((host) => world.connect(`203.0.113.${host}`));

  const late = world.proven();

  assert.deepEqual(
    silent.map(({ isClosed }) => isClosed),
    [true, true, false, false],
  );
  assert.deepEqual([proven.isClosed, late.isClosed, late.datagrams.length], [false, false, 1]);
  assert.deepEqual(world.carrier?.counts, { ...noCounts, accepted: 6, unproven: 2 });
});

test('connections are bounded in all, and from one network', async () => {
  await using world = await World.open({ most: 8, mostPerNetwork: 4 });
  const proven = [world.proven({}), world.proven({})];
  const here = [1, 2, 3].map(() => world.connect());
  const elsewhere = [1, 2, 3, 4, 5].map((host) => world.connect(`2001:db8:0:${host}::1`));
  const sameNetwork = [1, 2, 3, 4, 5].map((host) => world.connect(`2001:db8:0:9::${host}`));

  assert.deepEqual(
    proven.map(({ isClosed }) => isClosed),
    [false, false],
  );
  assert.deepEqual(
    here.map(({ isClosed }) => isClosed),
    [false, false, true],
  );
  assert.deepEqual(
    elsewhere.map(({ isClosed }) => isClosed),
    [false, false, false, false, true],
  );
  assert.ok(sameNetwork.every(({ isClosed }) => isClosed));
  assert.equal(world.carrier?.connections, 8);
});

test('an IPv6 network is one source, whichever of its addresses connects', async () => {
  await using world = await World.open({ mostPerNetwork: 2 });
  const hosts = ['2001:db8::1', '2001:db8:0:0:8::1', '2001:db8::9:9:9:9', '2001:db8:0:1::1'];

  assert.deepEqual(
    hosts.map((host) => world.connect(host).isClosed),
    [false, false, true, false],
  );
});

test('media for a peer that does not read is dropped, and no more is held than agreed', async () => {
  await using world = await World.open({ backlogBytes: 10_000 });
  const client = world.proven();
  client.isReading = false;

  for (let count = 0; count < 1_000; count += 1) world.base.peer.send(Buffer.alloc(1_000, 0x80));

  assert.ok(client.backlog <= 10_100);
  assert.ok((world.carrier?.counts.backlogged ?? 0) >= 990);
});

test('a frame that is too large ends a proven connection, and the peer has no address then', async () => {
  await using world = await World.open();
  const client = world.proven();

  client.sendBytes(Buffer.from('ffff00', 'hex'));
  world.base.peer.send(Buffer.from(rtp));

  assert.equal(client.isClosed, true);
  assert.equal(world.carrier?.counts.malformed, 1);
  assert.equal(world.base.peer.remote, undefined);
  assert.equal(world.base.mux.addresses, 0);
});

test('an idle connection is closed after 30 s', async () => {
  await using world = await World.open();
  const client = world.proven();

  world.base.clock.advance(29_000);
  assert.equal(client.isClosed, false);
  world.base.clock.advance(2_000);

  assert.equal(client.isClosed, true);
  assert.equal(world.carrier?.counts.idle, 1);
});

test('a peer whose connection is lost goes on where it was checked last, and on the next one', async () => {
  await using world = await World.open();
  const udp = await world.base.client();
  const first = world.proven();
  udp.send(printCheck(credentials, 'theirs'));
  world.base.clock.advance(2_000);

  first.close();
  const second = world.proven();

  assert.deepEqual(plainAddress(world.base.peer.remote), second.remote);
  assert.deepEqual(world.base.heard.moves.map(plainAddress), [first.remote, udp.local, second.remote]);
});

test('the same address and port over UDP is another address', async () => {
  await using world = await World.open();
  const udp = await world.base.client();
  const tcp = world.streams.connect(udp.local ?? local);
  tcp.send(printCheck(credentials, 'theirs', { useCandidate: true }));

  udp.send(dtls);
  world.base.clock.advance(1);

  assert.deepEqual(world.base.heard.words, []);
  assert.equal(world.base.mux.drops.unknown_address, 1);
});

test('when the peer goes its connections are closed, and disposing leaves nothing', async () => {
  const world = await World.open();
  const [first, second] = [world.proven({}), world.proven()];

  world.base.peer[Symbol.dispose]();
  assert.deepEqual([first.isClosed, second.isClosed, world.base.mux.addresses], [true, true, 0]);
  world.connect();
  await world[Symbol.asyncDispose]();

  assert.deepEqual([world.carrier?.connections, world.streams.open, world.base.clock.pending], [0, 0, 0]);
});
