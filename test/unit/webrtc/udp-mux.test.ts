import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UdpMux } from '../../../backend-janus/webrtc/udp-mux.ts';
import { printCheck, type CheckFields } from '../../support/checking-peer.ts';
import { credentials, dtls, MuxWorld, plainAddress, rtcp, rtp } from '../../support/mux-world.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

test('what a checked address sends is sorted by its first bytes', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();

  client.send(
    dtls,
    rtp,
    rtcp,
    [0x80, 63 | 0x80, ...rtp.slice(2)],
    [0x80, 95, ...rtcp.slice(2)],
    [0xbf, 64, ...rtp],
  );
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, ['dtls 4', 'rtp 12', 'rtcp 8', 'rtp 12', 'rtcp 8', 'rtcp 14']);
});

test('first bytes of protocols that we do not speak are dropped', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();
  const ours = new Set([0, 1, 2, 3, ...range(20, 64), ...range(128, 192)]);

  for (const first of range(0, 256)) if (!ours.has(first)) client.send([first, ...rtp]);
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, []);
  assert.equal(world.mux.drops.first_byte, 256 - ours.size);
});

test('a stranger is not heard and not answered, whatever it sends', async () => {
  await using world = await MuxWorld.open();
  await world.connected();
  const stranger = await world.client();
  const theirs = world.heard.words.length;

  stranger.send(dtls, rtp, rtcp, printCheck(credentials, 'other', { useCandidate: true }));
  stranger.send(
    printCheck(credentials, 'theirs', { useCandidate: true, password: 'a guess of that length' }),
  );
  stranger.send(printCheck({ ...credentials, ufrag: 'nobody' }, 'theirs'));
  world.clock.advance(1);

  assert.equal(stranger.bytes, 0);
  assert.equal(world.heard.words.length, theirs);
  assert.equal(world.mux.drops.unknown_address, 3);
  assert.equal(world.mux.drops.unexpected_user, 1);
  assert.equal(world.mux.drops.unauthentic, 1);
  assert.equal(world.mux.drops.unknown_user, 1);
  assert.notDeepEqual(world.peer.remote?.port, stranger.local?.port);
});

test('ten thousand forged checks: no answer, no address, nothing nominated', async () => {
  await using world = await MuxWorld.open();
  world.peer.expect('theirs');
  const stranger = await world.client();
  const forged: CheckFields[] = [
    { password: 'a guess of that length' },
    { username: 'ours:other' },
    { username: 'ours' },
    { username: '' },
    { useCandidate: true, password: 'x' },
    { controlled: 1n, password: 'x' },
  ];

  for (let count = 0; count < 10_000; count += 1) {
    stranger.send(printCheck(credentials, 'theirs', forged[count % forged.length]));
    if (count % 100 === 0) world.clock.advance(250);
  }
  world.clock.advance(1);

  assert.equal(stranger.bytes, 0);
  assert.equal(world.mux.drops.rate_source, 0);
  assert.equal(world.mux.addresses, 0);
  assert.equal(world.peer.remote, undefined);
  assert.deepEqual(world.heard.moves, []);
});

test('an authenticated check is answered with the address it came from, and no more bytes than it had', async () => {
  await using world = await MuxWorld.open();
  const check = printCheck(credentials, 'theirs', { useCandidate: true });
  world.peer.expect('theirs');
  const client = await world.client();

  client.send(check);
  world.clock.advance(1);

  assert.deepEqual(client.answers[0]?.mappedAddress, client.local);
  assert.ok(client.bytes <= check.length);
  assert.deepEqual(plainAddress(world.peer.remote), client.local);
  assert.deepEqual(world.heard.moves.map(plainAddress), [client.local]);
  assert.equal(world.peer.isNominated, true);
  assert.equal(world.peer.checks, 1);
});

test('STUN that is no Binding request is met with silence', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();
  const messages = [0x0011, 0x0101, 0x0111, 0x0003].map((type) => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt16BE(type, 0);
    bytes.writeUInt32BE(0x2112a442, 4);
    return bytes;
  });
  const bytes = client.bytes;

  client.send(...messages);
  world.clock.advance(1);

  assert.equal(world.mux.drops.unexpected_message, 4);
  assert.equal(client.bytes, bytes);
});

test('datagrams are between 1 and 1500 bytes long', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();

  client.send(Buffer.alloc(0), Buffer.alloc(1501, 22), Buffer.alloc(1500, 22), [22]);
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, ['dtls 1500', 'dtls 1']);
  assert.equal(world.mux.drops.size, 2);
});

test('RTP and RTCP without a whole header are dropped', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();

  for (const length of range(1, 12)) client.send(rtp.slice(0, length));
  for (const length of range(2, 8)) client.send(rtcp.slice(0, length));
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, []);
  assert.equal(world.peer.drops.malformed, 17);
});

test('a flood of strangers is dropped before anything is parsed, and a peer does not feel it', async () => {
  const strangers = { perSecond: 10, burst: 20 };
  await using world = await MuxWorld.open({
    stranger: { perSecond: 1, burst: 5 },
    strangers,
    mostStrangers: 100,
  });
  const client = await world.connected();
  const flood = await Promise.all(range(0, 50).map((host) => world.client(`203.0.113.${host}`)));

  for (const stranger of flood) for (let count = 0; count < 20; count += 1) stranger.send([0, 1, 2, 3]);
  client.send(rtp, printCheck(credentials, 'theirs'));
  world.clock.advance(1);

  assert.equal(world.mux.drops.rate_source, 50 * 15);
  assert.ok(world.mux.drops.malformed <= 20);
  assert.equal(world.mux.drops.rate_source + world.mux.drops.rate_socket + world.mux.drops.malformed, 1_000);
  assert.deepEqual(world.heard.words, ['rtp 12']);
  assert.equal(client.answers.length, 2);
});

test('one peer sends no more than its rate, and the others do not feel it', async () => {
  await using world = await MuxWorld.open({ peer: { perSecond: 10, burst: 5 } });
  const client = await world.connected();

  for (let count = 0; count < 100; count += 1) client.send(rtp);
  world.clock.advance(1);

  assert.equal(world.heard.words.length, 5);
  assert.equal(world.peer.drops.rate_peer, 95);
});

test('random datagrams from strangers and from the peer end nothing', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();
  const stranger = await world.client();
  const random = new SeededRandom();

  for (let count = 0; count < 3_000; count += 1) {
    const bytes = Buffer.from(random.bytes(random.uint32() % 120));
    if (bytes.length > 8 && count % 2 === 0) bytes.writeUInt32BE(0x2112a442, 4);
    client.send(bytes);
    stranger.send(bytes);
    world.clock.advance(5);
  }
  client.send(dtls);
  world.clock.advance(1);

  assert.equal(world.heard.words.at(-1), 'dtls 4');
  assert.equal(stranger.bytes, 0);
});

test('disposing the port frees everything', async () => {
  const world = await MuxWorld.open();
  await (await world.connected())[Symbol.asyncDispose]();

  await Promise.all([world.mux[Symbol.asyncDispose](), world.mux[Symbol.asyncDispose]()]);

  assert.deepEqual([world.mux.peers, world.mux.addresses, world.network.bound], [0, 0, 0]);
  assert.equal(world.clock.pending, 0);
});

test('a taken port rejects with the code of the system', async () => {
  await using world = await MuxWorld.open();

  await assert.rejects(UdpMux.open(world.network, world.mux.local), { code: 'EADDRINUSE' });
});

/** The numbers from `first` up to but without `end`. */
function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, at) => first + at);
}
