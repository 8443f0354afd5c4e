import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { refusalIn, type Caller } from './support/caller.ts';
import { echo, hears, hearsNothing, sdpIn, sees, seesNothing } from './support/media.ts';

/** Below what libwebrtc begins with, 300,000 bit/s, and above what its encoders need. */
const narrow = 150_000;

const { check } = await rowsOf(import.meta.url, [19, 20, 21]);

/** Gives all of the peer's candidates after its offer, and the end of them. */
async function trickle(caller: Caller, peer: WrtcPeer, session_id: string, hasMid: boolean): Promise<void> {
  await eventually('the peer has all its candidates', 5000, () => peer.candidates.includes(undefined));
  for (const one of peer.candidates) {
    if (one === undefined) continue;
    const { candidate, sdpMid, sdpMLineIndex } = one;
    const mid = hasMid ? { sdpMid } : {};
    await caller.command('session.set_candidate', { session_id, candidate, sdpMLineIndex, ...mid });
  }
  await caller.command('session.set_candidate_end', { session_id });
}

check(19, 'candidates of the client may follow its offer', async ({ caller }) => {
  using peer = new WrtcPeer();
  const offer = { sdp: await peer.offer(), trickle_ice: true };
  const reply = await caller.command('session.create', { type: 'echo', wait_reply: true, offer });
  await peer.accept(sdpIn(reply, 'answer'));

  await trickle(caller, peer, textOf(reply, 'session_id'), true);

  await sees(peer);
});

check(19, 'candidates of the client need no sdpMid', async ({ caller }) => {
  using peer = new WrtcPeer();
  const offer = { sdp: await peer.offer(), trickle_ice: true };
  const held = { type: 'echo', no_offer_trickle_ice: true, trickle_ice_timeout: 20_000, offer };
  const session_id = textOf(await caller.command('session.create', held), 'session_id');

  await trickle(caller, peer, session_id, false);
  await peer.accept(sdpIn(await caller.command('session.get_answer', { session_id }), 'answer'));
  const info = await caller.command('session.get_info', { session_id });

  assert.doesNotMatch(offer.sdp, /^a=candidate:/m);
  assert.match(sdpIn(info, 'offer'), /^a=candidate:/m);
  assert.equal(fieldsOf(info['offer'])['trickle_ice'], false);
  await sees(peer);
});

check(20, 'descriptions of the server do not trickle, and hold their candidates', async ({ caller }) => {
  using peer = new WrtcPeer();
  for (const trickle_ice of [false, true]) {
    const offer = { sdp: trickle_ice ? await peer.offer() : await peer.wholeOffer(), trickle_ice };

    const { answer } = await caller.command('session.create', { type: 'echo', wait_reply: true, offer });
    const { sdp, ...about } = fieldsOf(answer);

    assert.match(String(sdp), /^a=candidate:.* typ host/m);
    assert.deepEqual(about, { sdp_type: 'webrtc', trickle_ice: false, backend: 'nkmedia_janus' });
  }
});

check(21, 'audio and video are muted and come back at any moment', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  await sees(peer);
  await hears(peer);

  await caller.command('session.update_media', { session_id, mute_audio: true });
  await hearsNothing(peer);
  await sees(peer);
  await caller.command('session.update_media', { session_id, mute_audio: false, mute_video: true });
  await hears(peer);
  await seesNothing(peer);
  await caller.command('session.update_media', { session_id, mute_video: false });
  await sees(peer);

  const { mute_audio, mute_video } = await caller.command('session.get_info', { session_id });
  assert.deepEqual([mute_audio, mute_video], [false, false]);
});

check(21, 'data are muted and come back at any moment', async ({ caller, difference }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  await eventually('the channel is open', 15_000, () => peer.isChannelOpen);
  const comesBack = async (text: string): Promise<void> => {
    peer.say(text);
    await eventually(`${text} comes back`, 10_000, () => peer.messages.some((one) => one.endsWith(text)));
  };
  await comesBack('before');

  const reply = await caller.ask('session.update_media', { session_id, mute_data: true });
  if (difference?.error !== undefined) {
    assert.deepEqual(refusalIn(reply), difference.error);
    await comesBack('unmuted');
    return;
  }
  assert.equal(reply['result'], 'ok');
  peer.say('muted');
  await delay(500);
  assert.ok(!peer.messages.some((one) => one.endsWith('muted')));
  await caller.command('session.update_media', { session_id, mute_data: false });
  await comesBack('again');
});

check(21, 'bitrate limits what the client sends', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  const most = async (): Promise<number> => {
    const pairs = await peer.stats('candidate-pair');
    const rates = pairs.map(({ availableOutgoingBitrate: rate }) => (typeof rate === 'number' ? rate : 0));
    return Math.max(...rates);
  };
  await eventually('the client may send more', 20_000, async () => (await most()) > narrow);

  await caller.command('session.update_media', { session_id, bitrate: narrow });

  await eventually('the client keeps to it', 20_000, async () => (await most()) <= narrow);
  const { bitrate } = await caller.command('session.get_info', { session_id });
  assert.equal(bitrate, narrow);
});
