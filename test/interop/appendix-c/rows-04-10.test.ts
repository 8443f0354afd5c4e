import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { fieldsOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { connectPeers, openBridge, openProxy } from './support/bridges.ts';
import { refusalIn } from './support/caller.ts';
import { echo, ended, hears, hearsNothing, reads, sdpIn, sees, seesNothing, told } from './support/media.ts';
import { WebSocketCaller } from './support/web-socket-caller.ts';

/** How long NkMEDIA waited before it gave up (nkmedia-api.md section 2.4), and a little. */
const pastFiveSecondsMs = 5500;

const { check } = await rowsOf(import.meta.url, [4, 5, 6, 7, 8, 9, 10]);

check(4, 'a proxy has no answer until its bridge is answered', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const session_id = await openProxy(caller, { sdp: await from.wholeOffer() }, { wait_reply: true });
  const { bridge, offer } = await openBridge(caller, session_id);
  const before = await caller.command('session.get_info', { session_id });

  const answer = { sdp: await to.answer(offer) };
  await caller.command('session.set_answer', { session_id: bridge, answer });
  await caller.command('session.get_answer', { session_id });
  const after = await caller.command('session.get_info', { session_id });

  assert.equal(before['answer'], undefined);
  assert.ok(sdpIn(after, 'answer').includes('a=fingerprint:'));
});

check(
  5,
  'a bridge without an offer gets one from its peer, by wait_reply and by get_offer',
  async ({ caller }) => {
    using from = new WrtcPeer();
    const proxy = await openProxy(caller, { sdp: await from.wholeOffer() });

    const { bridge, offer } = await openBridge(caller, proxy);
    const reply = await caller.command('session.get_offer', { session_id: bridge });

    assert.equal(reply['sdp'], offer);
    assert.deepEqual([reply['sdp_type'], reply['trickle_ice']], ['webrtc', false]);
    assert.match(offer, /^a=candidate:/m);
  },
);

check(5, 'a bridge whose peer is unknown, or is no proxy, is refused', async ({ caller }) => {
  using peer = new WrtcPeer();
  const other = await echo(caller, peer);
  const bridge = { type: 'bridge', wait_reply: true };

  const unknown = await caller.ask('session.create', { ...bridge, peer_id: 'nobody' });
  const wrong = await caller.ask('session.create', { ...bridge, peer_id: other });
  const none = await caller.ask('session.create', bridge);

  assert.deepEqual(refusalIn(unknown), { code: 100062, name: 'session_not_found' });
  assert.deepEqual(refusalIn(wrong), { code: 300005, name: 'incompatible_session' });
  assert.deepEqual(refusalIn(none), { code: 100040, name: 'invalid_operation' });
  await sees(peer);
});

check(6, 'the answer of a bridge connects its peer with the proxy, media both ways', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();

  await connectPeers(caller, [from, to]);

  for (const peer of [from, to]) {
    await sees(peer);
    await hears(peer);
  }
});

check(6, 'what either peer of a bridge writes to its data channel reaches the other', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();

  await connectPeers(caller, [from, to]);

  await reads(to, from, 'a question');
  await reads(from, to, 'an answer');
});

check(7, 'a proxy whose bridge is answered tells its answer, and that it is a bridge', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();

  const { proxy, bridge } = await connectPeers(caller, [from, to]);

  const { answer } = await told(caller, proxy, 'answer');
  assert.equal(typeof fieldsOf(answer)['sdp'], 'string');
  const became = await eventually('the proxy is a bridge', 5000, () =>
    caller.eventsOf(proxy).find(({ type, body }) => type === 'type' && body['type'] === 'bridge'),
  );
  assert.deepEqual([became.body['peer_id'], became.body['role']], [bridge, 'master']);
  const { type } = await caller.command('session.get_info', { session_id: proxy });
  assert.equal(type, 'bridge');
});

check(8, 'get_answer of a proxy waits beyond 5 s for the bridge to be answered', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() });
  const { bridge, offer } = await openBridge(caller, proxy);

  const acksBefore = caller instanceof WebSocketCaller ? caller.acks : 0;
  const waiting = caller.command('session.get_answer', { session_id: proxy });
  const early = await Promise.race([waiting.then(() => 'answered'), delay(pastFiveSecondsMs, 'waiting')]);
  const answer = { sdp: await to.answer(offer) };
  await caller.command('session.set_answer', { session_id: bridge, answer });

  assert.equal(early, 'waiting');
  if (caller instanceof WebSocketCaller) assert.equal(caller.acks, acksBefore + 1);
  await from.accept(sdpIn(await waiting, 'answer'));
  await sees(from);
});

check(9, 'each leg of a bridge mutes what its own create says', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();

  await connectPeers(caller, [from, to], { proxy: { mute_audio: true }, bridge: { mute_video: true } });

  await sees(to);
  await hears(from);
  await hearsNothing(to);
  await seesNothing(from);
});

check(10, 'with master_id the end of the bridge ends the proxy', async ({ caller }) => {
  using from = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() });
  const { bridge } = await openBridge(caller, proxy, { master_id: proxy });

  await caller.command('session.destroy', { session_id: bridge });

  await ended(caller, bridge, 100011);
  await ended(caller, proxy, 300021);
});

check(10, 'with master_id the end of the proxy ends the bridge', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() });
  const { bridge, offer } = await openBridge(caller, proxy, { master_id: proxy });
  const answer = { sdp: await to.answer(offer) };
  await caller.command('session.set_answer', { session_id: bridge, answer });

  await caller.command('session.destroy', { session_id: proxy });

  await ended(caller, proxy, 100011);
  await ended(caller, bridge, 300021);
});

check(10, 'a leg with stop_after_peer false outlives the other', async ({ caller }) => {
  using from = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() }, { stop_after_peer: false });
  const { bridge } = await openBridge(caller, proxy, { master_id: proxy });

  await caller.command('session.destroy', { session_id: bridge });
  await ended(caller, bridge, 100011);
  await delay(500);

  const info = await caller.command('session.get_info', { session_id: proxy });
  assert.equal(info['session_id'], proxy);
});
