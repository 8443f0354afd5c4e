import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothing } from '../../support/embedded-janus.ts';
import { settle } from '../../support/fake-clock.ts';
import type { FakePeer } from '../../support/fake-peer.ts';
import { answerSdp, BrokerHouse, field } from './broker-house.ts';

interface Echo {
  readonly id: string;
  readonly peer: FakePeer;
}

/** An echo session whose client has connected. */
async function connected(house: BrokerHouse): Promise<Echo> {
  const { peer, sdp } = house.client();
  const reply = await house.ask('create', { type: 'echo', offer: { sdp }, wait_reply: true });
  peer.accept(answerSdp(reply));
  peer.openChannel('chat');
  await settle();
  return { id: field(reply, 'session_id'), peer };
}

test('create with wait_reply answers with an SDP that connects, and the media comes back', async () => {
  await using house = await BrokerHouse.start();
  const { peer } = await connected(house);

  peer.sendRtp('0', 3);
  peer.sendData('chat', 'hello');
  await settle();

  assert.equal(peer.received('0').length, 3);
  assert.deepEqual(peer.dataReceived, ['Janus EchoTest here! You wrote: hello']);
});

test('create without wait_reply gives the id alone, and get_answer the answer', async () => {
  await using house = await BrokerHouse.start();
  const { sdp } = house.client();

  const created = await house.ask('create', { type: 'echo', offer: { sdp } });
  const answer = await house.ask('get_answer', { session_id: field(created, 'session_id') });

  assert.deepEqual(Object.keys(created.data), ['session_id']);
  assert.ok(answerSdp(answer).startsWith('v=0'));
});

test('the events of a session are numbered without gaps, from its answer to its end', async () => {
  await using house = await BrokerHouse.start();
  const { id, peer } = await connected(house);

  peer.sendRtp('0');
  await settle();
  await house.ask('destroy', { session_id: id });
  await settle();

  const told = house.told(id);
  const types = told.map((text) => text.split(' ')[1]).filter((type) => type !== 'created');
  assert.deepEqual(
    told.map((text) => Number(text.split(' ')[0])),
    told.map((_, index) => index + 1),
  );
  assert.deepEqual(types, ['answer', 'status', 'status', 'destroyed']);
});

test('update_media silences just what it names, and says so', async () => {
  await using house = await BrokerHouse.start();
  const { id, peer } = await connected(house);

  await house.ask('update_media', { session_id: id, mute_audio: true, mute_data: true, bitrate: 64_000 });
  peer.sendRtp('0');
  peer.sendRtp('1');
  peer.sendData('chat', 'hello');
  await settle();

  const told = house.caller.events.find(({ body }) => Reflect.get(body, 'class') === 'update')?.body;
  assert.deepEqual(
    [peer.received('0').length, peer.received('1').length, peer.dataReceived.length],
    [0, 1, 0],
  );
  assert.equal(house.janus.peers.made[0]?.bitrateLimit, 64_000);
  assert.deepEqual(told, { class: 'update', mute_audio: true, mute_data: true, bitrate: 64_000 });
});

test('candidates given before the answer is there reach the connection in order', async () => {
  await using house = await BrokerHouse.start();
  const { sdp } = house.client();
  const session_id = 'mine';
  void house.ask('create', { type: 'echo', session_id, offer: { sdp, trickle_ice: true } });
  const candidates = [1, 2].map((port) => ({
    candidate: `candidate:1 1 udp 1 192.0.2.1 ${port} typ host`,
    sdpMid: '0',
    sdpMLineIndex: 0,
  }));

  for (const candidate of candidates) void house.ask('set_candidate', { session_id, ...candidate });
  void house.ask('set_candidate_end', { session_id });
  await settle();

  assert.deepEqual(house.janus.peers.made[0]?.candidates, [...candidates, undefined]);
});

test('get_info shows the session as it stands', async () => {
  await using house = await BrokerHouse.start();
  const { id } = await connected(house);

  const { data } = await house.ask('get_info', { session_id: id });

  assert.equal(Reflect.get(data, 'type'), 'echo');
  assert.equal(Reflect.get(data, 'backend'), 'nkmedia_janus');
});

test('destroy ends the connection of the client, and leaves nothing', async () => {
  await using house = await BrokerHouse.start();
  const { id, peer } = await connected(house);

  await house.ask('destroy', { session_id: id });
  await settle();

  assert.ok(peer.hasClosed);
  assert.deepEqual(house.endOf(id), { code: 100011, reason: 'User stop', name: 'user_stop' });
  assert.deepEqual(house.janus.remains, nothing);
  assert.deepEqual(house.sessions.counts, { running: 0, releasing: 0 });
});

test('a client that hangs up ends its session, by name', async () => {
  await using house = await BrokerHouse.start();
  const { id, peer } = await connected(house);

  peer.close();
  await settle();

  assert.deepEqual(house.endOf(id), {
    code: 100001,
    reason: 'Normal termination',
    name: 'normal_termination',
  });
  assert.deepEqual(house.janus.remains, nothing);
});

test('a client that never connects ends its session by ICE timeout', async () => {
  await using house = await BrokerHouse.start();
  const { sdp } = house.client();
  const created = await house.ask('create', { type: 'echo', offer: { sdp }, wait_reply: true });

  await house.janus.clock.run(60_000);
  await settle();

  assert.deepEqual(house.endOf(field(created, 'session_id')), {
    code: 309001,
    reason: 'ICE timeout',
    name: 'ice_timeout',
  });
  assert.deepEqual(house.janus.remains, nothing);
});

test('a client that falls silent is told of within 10 s, and ends its session within 35 s', async () => {
  await using house = await BrokerHouse.start();
  const { id, peer } = await connected(house);

  peer.vanish();
  await house.janus.clock.run(10_000);
  const warned = house.told(id).at(-1)?.split(' ')[1];
  await house.janus.clock.run(25_000);
  await settle();

  assert.equal(warned, 'media_timeout');
  assert.deepEqual(house.endOf(id), { code: 309003, reason: 'Media timeout', name: 'media_timeout' });
  assert.deepEqual(house.janus.remains, nothing);
});

test('a caller that goes takes its sessions with it', async () => {
  await using house = await BrokerHouse.start();
  const { peer } = await connected(house);

  house.caller.leave();
  await settle();

  assert.ok(peer.hasClosed);
  assert.deepEqual(house.janus.remains, nothing);
});

test('a lost engine ends its sessions, and the next create finds no media server', async () => {
  await using house = await BrokerHouse.start();
  const { id } = await connected(house);
  const { sdp } = house.client();

  await house.janus.connection[Symbol.asyncDispose]();
  await settle();
  const next = await house.ask('create', { type: 'echo', offer: { sdp }, wait_reply: true });

  assert.deepEqual(house.endOf(id), { code: 309004, reason: 'Engine died', name: 'engine_died' });
  assert.ok(next.result === 'error' && next.data.name === 'no_mediaserver');
  assert.deepEqual(house.janus.remains, nothing);
});

for (const [what, sdp] of [
  ['is nonsense', 'hello'],
  [
    'has no fingerprint',
    'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n',
  ],
  ['has thousands of candidates', `v=0\r\n${'a=candidate:1\r\n'.repeat(4_000)}`],
] as const) {
  for (const wait_reply of [true, false])
    test(`an offer that ${what} is an error by name with wait_reply ${wait_reply}, and leaves nothing`, async () => {
      await using house = await BrokerHouse.start();

      const reply = await house.ask('create', { type: 'echo', offer: { sdp }, wait_reply });
      await settle();

      assert.ok(reply.result === 'error' && reply.data.name === 'invalid_sdp');
      assert.deepEqual(house.janus.remains, nothing);
    });
}

test('an offer of plain RTP is refused with a hint that names the field', async () => {
  await using house = await BrokerHouse.start();

  const { data } = await house.ask('create', { type: 'echo', offer: { sdp: 'v=0', sdp_type: 'rtp' } });

  assert.deepEqual(data, {
    code: 100006,
    error: 'Not implemented',
    name: 'not_implemented',
    hint: 'data.offer.sdp_type must be webrtc for this type of session',
  });
});

test('a session whose media server is silent ends after its wait_timeout', async () => {
  await using house = await BrokerHouse.start();
  house.janus.mute();
  const { sdp } = house.client();

  const created = house.ask('create', { type: 'echo', session_id: 'mine', offer: { sdp }, wait_timeout: 7 });
  await house.janus.clock.run(7_000);
  await house.janus.clock.run(5_000);
  await settle();

  assert.equal((await created).result, 'error');
  assert.deepEqual(house.endOf('mine'), {
    code: 100060,
    reason: 'Session timeout',
    name: 'session_timeout',
  });
  assert.deepEqual(house.sessions.counts, { running: 0, releasing: 0 });
});

test('1,000 sessions, created and destroyed, leave nothing', async () => {
  await using house = await BrokerHouse.start();

  for (let batch = 0; batch < 20; batch += 1) {
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (await connected(house)).id));
    await Promise.all(ids.map((session_id) => house.ask('destroy', { session_id })));
    await settle();
  }

  assert.equal(house.janus.peers.made.length, 1000);
  assert.deepEqual(house.janus.remains, nothing);
  assert.deepEqual(house.sessions.counts, { running: 0, releasing: 0 });
});
