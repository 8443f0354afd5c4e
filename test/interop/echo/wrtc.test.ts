import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf } from '../support/nats-caller.ts';
import { trickleAll } from '../support/trickle-all.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

let broker: BrokerProcess;
let server: NatsCaller;

before(async () => {
  broker = await BrokerProcess.start();
  server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

/** Asks for an echo of the peer, with the DTLS role that its offer claims. */
async function callWhole(peer: WrtcPeer, setup: string): Promise<string> {
  const offer = (await peer.wholeOffer()).replaceAll('a=setup:actpass', `a=setup:${setup}`);
  const reply = await server.command('session.create', {
    type: 'echo',
    wait_reply: true,
    offer: { sdp: offer },
  });
  await peer.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  return textOf(reply, 'session_id');
}

async function callTrickling(peer: WrtcPeer): Promise<string> {
  const offer = { sdp: await peer.offer(), trickle_ice: true };
  const reply = await server.command('session.create', { type: 'echo', wait_reply: true, offer });
  const session_id = textOf(reply, 'session_id');
  await peer.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  await trickleAll(server, session_id, peer);
  return session_id;
}

/** Everything that an echo of picture, sound and data must bring. */
async function assertEchoes(peer: WrtcPeer): Promise<void> {
  await eventually('the peer is connected', 5000, () => peer.state === 'connected');
  await eventually('the channel is open', 5000, () => peer.isChannelOpen);
  peer.say('hello');
  await eventually(
    'more than 50 pictures, none black',
    10_000,
    () => peer.frames > 50 && peer.brightness > 20,
  );
  await eventually('a tone', 5000, () => peer.loudness > 1000);
  await eventually('the message', 5000, () => peer.messages.length > 0);
  assert.match(peer.messages[0] ?? '', /hello$/);
}

for (const setup of ['actpass', 'active', 'passive']) {
  test(`picture, sound and data come back to a peer that offers a=setup:${setup}`, async () => {
    using peer = new WrtcPeer();
    const session_id = await callWhole(peer, setup);

    await assertEchoes(peer);
    await server.command('session.destroy', { session_id });
  });
}

test('picture, sound and data come back to a peer that trickles', async () => {
  using peer = new WrtcPeer();
  const session_id = await callTrickling(peer);

  await assertEchoes(peer);
  await server.command('session.destroy', { session_id });
});

test('events of a session are numbered without gaps, and destroying it ends the connection of the peer', async () => {
  using peer = new WrtcPeer();
  const session_id = await callWhole(peer, 'actpass');
  await assertEchoes(peer);

  const info = await server.command('session.get_info', { session_id });
  await server.command('session.destroy', { session_id });
  await eventually('the peer is told', 5000, async () => {
    const [transport] = await peer.stats('transport');
    return transport?.['dtlsState'] === 'closed' && !peer.isChannelOpen;
  });
  await eventually('destroyed', 5000, () => server.eventsOf(session_id).at(-1)?.type === 'destroyed');

  assert.equal(info['type'], 'echo');
  const events = server.eventsOf(session_id);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  const types = new Set(events.map(({ type }) => type));
  for (const type of ['created', 'answer', 'status', 'destroyed']) assert.ok(types.has(type), type);
  assert.deepEqual(events.at(-1)?.body, { code: 100011, reason: 'User stop', name: 'user_stop' });
});

test('a peer that hangs up ends its session', async () => {
  const peer = new WrtcPeer();
  const session_id = await callWhole(peer, 'actpass');
  await eventually('the peer is connected', 5000, () => peer.state === 'connected');
  await eventually('media flows', 5000, () =>
    server.eventsOf(session_id).some(({ type }) => type === 'status'),
  );

  peer[Symbol.dispose]();

  await eventually('destroyed', 10_000, () => server.eventsOf(session_id).at(-1)?.type === 'destroyed');
});

test('mutes silence just what they name', async () => {
  using peer = new WrtcPeer();
  const session_id = await callWhole(peer, 'actpass');
  await assertEchoes(peer);

  await server.command('session.update_media', { session_id, mute_audio: true });
  await eventually('silence', 5000, async () => {
    peer.hush();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return peer.loudness < 100;
  });
  const frames = peer.frames;
  await eventually('the picture goes on', 3000, () => peer.frames > frames + 10);

  await server.command('session.update_media', { session_id, mute_audio: false, mute_video: true });
  await eventually('the tone is back', 5000, () => peer.loudness > 1000);
  await eventually('no picture', 5000, async () => {
    const before = peer.frames;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return peer.frames === before;
  });

  await server.command('session.update_media', { session_id, mute_video: false, mute_data: true });
  const resumed = peer.frames;
  await eventually('the picture is back', 5000, () => peer.frames > resumed + 10);
  const messages = peer.messages.length;
  peer.say('muted');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(peer.messages.length, messages);

  await server.command('session.update_media', { session_id, mute_data: false });
  peer.say('heard');
  await eventually('data is back', 5000, () => peer.messages.length > messages);
});
