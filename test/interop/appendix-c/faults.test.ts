// A foreign session needs two tenants, and without authentication everybody is one. It is tested where principals can be
// chosen: "another tenant's session is not found" of test/unit/broker/sessions/local-session-registry-create.test.ts, "rooms of
// another tenant are not found" of test/scenario/broker/rooms.test.ts.
import assert from 'node:assert/strict';
import { textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { openBridge, openProxy } from './support/bridges.ts';
import { refusalIn, type Caller } from './support/caller.ts';
import { echo, sdpIn, sees } from './support/media.ts';

const { also } = await rowsOf(import.meta.url, []);

/** One command that is refused. */
interface Fault {
  readonly command: string;
  readonly data: object;
  readonly code: number;
  readonly name: string;
}

async function assertRefused(caller: Caller, faults: readonly Fault[]): Promise<void> {
  for (const { command, data, code, name } of faults) {
    const reply = await caller.ask(command, data);
    assert.deepEqual(refusalIn(reply), { code, name }, `${command} ${JSON.stringify(data)}`);
  }
}

/** A session that only keeps descriptions, with nobody's media. */
async function relay(caller: Caller, more: object = {}): Promise<string> {
  return textOf(await caller.command('session.create', { type: 'p2p', ...more }), 'session_id');
}

const create = 'session.create';
const description = { sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' };
const syntax = { code: 100044, name: 'syntax_error' };
const missing = { code: 100045, name: 'missing_field' };
const notFound = { code: 100062, name: 'session_not_found' };
const notImplemented = { code: 100006, name: 'not_implemented' };
const invalidSdp = { code: 309005, name: 'invalid_sdp' };
const answered = { code: 300013, name: 'answer_already_set' };

also('an answer before there is an offer is refused, and the session takes one later', async ({ caller }) => {
  const session_id = await relay(caller);
  const set = { command: 'session.set_answer', data: { session_id, answer: description } };

  await assertRefused(caller, [{ ...set, code: 300010, name: 'offer_not_set' }]);

  const info = await caller.command('session.get_info', { session_id });
  assert.equal(info['session_id'], session_id);
});

also('a second answer is refused, and the first one stands', async ({ caller }) => {
  const session_id = await relay(caller, { offer: description });
  await caller.command('session.set_answer', { session_id, answer: description });
  const other = { sdp: `${description.sdp}a=tool:other\r\n` };

  await assertRefused(caller, [
    { command: 'session.set_answer', data: { session_id, answer: other }, ...answered },
  ]);

  const { sdp } = await caller.command('session.get_answer', { session_id });
  assert.equal(sdp, description.sdp);
});

also('an answer to what the server answered itself is refused, and media go on', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);

  await assertRefused(caller, [
    { command: 'session.set_answer', data: { session_id, answer: description }, ...answered },
  ]);

  await sees(peer);
});

also('a session_id that is taken is refused, and its session lives on', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = `chosen-${performance.now().toFixed(0)}`;
  await echo(caller, peer, { session_id });
  const taken = { code: 100034, name: 'duplicated_session_id' };

  await assertRefused(caller, [{ command: create, data: { type: 'p2p', session_id }, ...taken }]);

  await sees(peer);
});

also('what a type does not do is refused, and media go on', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  const other = await relay(caller);
  const offer = description;

  await assertRefused(caller, [
    { command: create, data: { type: 'nonsense' }, ...syntax },
    { command: create, data: { type: 'mcu', offer }, ...notImplemented },
    { command: create, data: { type: 'play' }, ...notImplemented },
    { command: create, data: {}, ...missing },
    { command: 'session.update_media', data: { session_id: other, mute_audio: true }, ...notImplemented },
    { command: 'session.update_media', data: { session_id, mute_audio: 'perhaps' }, ...syntax },
    { command: 'session.update_media', data: { mute_audio: true }, ...missing },
  ]);

  await sees(peer);
});

also('a type that a session cannot become is refused, and media go on', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  const set_type = 'session.set_type';
  const change = (more: object): object => ({ session_id, ...more });

  await assertRefused(caller, [
    { command: set_type, data: change({ type: 'bridge', peer_id: session_id }), ...notImplemented },
    { command: set_type, data: change({ type: 'listen', publisher_id: session_id }), ...notImplemented },
    { command: set_type, data: change({ type: 'nonsense' }), ...syntax },
    { command: set_type, data: change({}), ...missing },
    { command: set_type, data: { session_id: 'nobody', type: 'park' }, ...notFound },
  ]);

  await sees(peer);
});

also('a bridge to a peer that is not there is refused, and the proxy takes the next', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() });
  const bridge = { type: 'bridge', wait_reply: true };
  const garbage = { sdp: 'nonsense' };

  await assertRefused(caller, [{ command: create, data: { ...bridge, peer_id: 'nobody' }, ...notFound }]);
  const { bridge: session_id, offer } = await openBridge(caller, proxy);
  await assertRefused(caller, [
    { command: 'session.set_answer', data: { session_id, answer: garbage }, ...invalidSdp },
  ]);

  const answer = { sdp: await to.answer(offer) };
  await caller.command('session.set_answer', { session_id, answer });
  await from.accept(sdpIn(await caller.command('session.get_answer', { session_id: proxy }), 'answer'));
  await sees(from);
  const late = { command: create, data: { ...bridge, peer_id: proxy } };
  await assertRefused(caller, [{ ...late, code: 300005, name: 'incompatible_session' }]);
  await sees(to);
});

also('a session that is not there is not found, and destroying it is no error', async ({ caller }) => {
  const session_id = 'nobody';
  const candidate = { sdpMLineIndex: 0, candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host' };

  await assertRefused(caller, [
    { command: 'session.get_info', data: { session_id }, ...notFound },
    { command: 'session.get_offer', data: { session_id }, ...notFound },
    { command: 'session.get_answer', data: { session_id }, ...notFound },
    { command: 'session.set_answer', data: { session_id, answer: description }, ...notFound },
    { command: 'session.update_media', data: { session_id }, ...notFound },
    { command: 'session.set_candidate', data: { session_id, ...candidate }, ...notFound },
    { command: 'session.set_candidate_end', data: { session_id }, ...notFound },
    { command: create, data: { type: 'p2p', master_id: session_id }, ...notFound },
  ]);

  await caller.command('session.destroy', { session_id });
});
