import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import type { Difference } from './checks.ts';
import { rowsOf } from './support/appendix-c.ts';
import { connectPeers } from './support/bridges.ts';
import { refusalIn, type Caller } from './support/caller.ts';
import {
  echo,
  hears,
  hearsNothing,
  isLimitedTo,
  outgoingBitrate,
  reads,
  readsNothing,
  sdpIn,
  sees,
  seesNothing,
} from './support/media.ts';
import { publish, watch } from './support/rooms.ts';

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

/** One direction of a data channel, and the session of who writes. */
interface DataWay {
  readonly session_id: string;
  readonly from: WrtcPeer;
  readonly to: WrtcPeer;
}

/** Mutes it and lets it flow again; where there is no such thing, says so and goes on. */
async function dataAreMuted(
  caller: Caller,
  { session_id, from, to }: DataWay,
  difference: Difference | undefined,
): Promise<void> {
  await reads(to, from, 'before');
  const reply = await caller.ask('session.update_media', { session_id, mute_data: true });
  if (difference?.error !== undefined) {
    assert.deepEqual(refusalIn(reply), difference.error);
    await reads(to, from, 'not muted');
    return;
  }
  assert.equal(reply['result'], 'ok', JSON.stringify(reply));
  await readsNothing(to, from);
  await caller.command('session.update_media', { session_id, mute_data: false });
  await reads(to, from, 'again');
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

  await dataAreMuted(caller, { session_id, from: peer, to: peer }, difference);
});

check(21, 'each leg of a bridge is muted and comes back at any moment', async ({ caller }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const { proxy, bridge } = await connectPeers(caller, [from, to]);
  for (const peer of [from, to]) await Promise.all([sees(peer), hears(peer)]);

  await caller.command('session.update_media', { session_id: proxy, mute_audio: true });
  await caller.command('session.update_media', { session_id: bridge, mute_video: true });
  await Promise.all([hearsNothing(to), seesNothing(from)]);
  await Promise.all([sees(to), hears(from)]);
  await caller.command('session.update_media', { session_id: proxy, mute_audio: false });
  await caller.command('session.update_media', { session_id: bridge, mute_video: false });

  await Promise.all([hears(to), sees(from)]);
});

check(21, 'data of a bridge are muted and come back at any moment', async ({ caller, difference }) => {
  using from = new WrtcPeer();
  using to = new WrtcPeer();
  const { proxy, bridge } = await connectPeers(caller, [from, to]);

  await dataAreMuted(caller, { session_id: proxy, from, to }, difference);
  await dataAreMuted(caller, { session_id: bridge, from: to, to: from }, difference);
});

check(21, 'a publisher is muted for all who listen, and a listener for itself', async ({ caller }) => {
  using speaker = new WrtcPeer();
  using viewer = new WrtcPeer();
  using other = new WrtcPeer();
  const { session: publisher } = await publish(caller, speaker);
  const listener = await watch(caller, viewer, publisher);
  await watch(caller, other, publisher);
  for (const peer of [viewer, other]) await Promise.all([sees(peer), hears(peer)]);

  await caller.command('session.update_media', { session_id: publisher, mute_audio: true });
  await caller.command('session.update_media', { session_id: listener, mute_video: true });
  await Promise.all([hearsNothing(viewer), hearsNothing(other), seesNothing(viewer)]);
  await sees(other);
  await caller.command('session.update_media', { session_id: publisher, mute_audio: false });
  await caller.command('session.update_media', { session_id: listener, mute_video: false });

  for (const peer of [viewer, other]) await Promise.all([sees(peer), hears(peer)]);
});

check(21, 'bitrate limits what the client sends', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  await eventually('it may send more', 20_000, async () => (await outgoingBitrate(peer)) > narrow);

  await caller.command('session.update_media', { session_id, bitrate: narrow });

  await isLimitedTo(peer, narrow);
  const { bitrate } = await caller.command('session.get_info', { session_id });
  assert.equal(bitrate, narrow);
});
