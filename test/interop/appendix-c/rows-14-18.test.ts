import assert from 'node:assert/strict';
import { fieldsOf, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { refusalIn } from './support/caller.ts';
import { hears, hearsNothing, isLimitedTo, sdpIn, sees } from './support/media.ts';
import { listen, publish, watch } from './support/rooms.ts';

/** Below what libwebrtc begins with, 300,000 bit/s, and above what its encoders need. */
const narrow = 150_000;

const { check } = await rowsOf(import.meta.url, [14, 15, 16, 17, 18, 22]);

check(14, 'publish without a room makes one, and a second publisher finds it', async ({ caller }) => {
  using first = new WrtcPeer();
  using second = new WrtcPeer();

  const one = await publish(caller, first);
  const other = await publish(caller, second, { room_id: one.room });
  const { members } = await caller.command('room.get_info', { room_id: one.room });

  assert.equal(other.room, one.room);
  assert.deepEqual(Object.keys(fieldsOf(members)).toSorted(), [one.session, other.session].toSorted());
});

check(14, 'a room that is given must be there, unless create_room is set', async ({ caller }) => {
  using peer = new WrtcPeer();
  const room_id = `room-${performance.now().toFixed(0)}`;
  const offer = { sdp: await peer.wholeOffer() };

  const refused = await caller.ask('session.create', { type: 'publish', room_id, offer });
  const made = await publish(caller, peer, { room_id, create_room: true });

  assert.deepEqual(refusalIn(refused), { code: 304001, name: 'room_not_found' });
  assert.equal(made.room, room_id);
});

check(14, 'the old spellings of the options of a room mean the same', async ({ caller }) => {
  using first = new WrtcPeer();
  using second = new WrtcPeer();

  const { room } = await publish(caller, first, { room_audiocodec: 'pcmu', room_videocodec: 'vp8' });
  const other = await publish(caller, second, { room });
  const info = await caller.command('room.get_info', { room_id: room });

  assert.equal(other.room, room);
  assert.deepEqual([info['audio_codec'], info['video_codec']], ['pcmu', 'vp8']);
});

check(15, 'a room that publish makes has the codecs and the bitrate that it names', async ({ caller }) => {
  using peer = new WrtcPeer();
  const codecs = { room_audio_codec: 'pcma', room_video_codec: 'vp8' };

  const { room, reply } = await publish(caller, peer, { ...codecs, room_bitrate: 300_000 });
  const info = await caller.command('room.get_info', { room_id: room });

  assert.deepEqual([info['audio_codec'], info['video_codec'], info['bitrate']], ['pcma', 'vp8', 300_000]);
  assert.match(sdpIn(reply, 'answer'), /a=rtpmap:\d+ PCMA\/8000/i);
  assert.doesNotMatch(sdpIn(reply, 'answer'), /a=rtpmap:\d+ opus\//i);
});

check(15, 'the bitrate of a room limits what its publishers send', async ({ caller }) => {
  using peer = new WrtcPeer();

  await publish(caller, peer, { room_bitrate: narrow });

  await isLimitedTo(peer, narrow);
});

check(15, 'a codec that no room has is refused', async ({ caller }) => {
  using peer = new WrtcPeer();
  const offer = { sdp: await peer.wholeOffer() };

  for (const codec of [{ room_audio_codec: 'mp3' }, { room_video_codec: 'vp7' }]) {
    const reply = await caller.ask('session.create', { type: 'publish', offer, ...codec });

    assert.deepEqual(refusalIn(reply), { code: 100044, name: 'syntax_error' });
  }
});

check(16, 'the reply to publish names the room', async ({ caller }) => {
  using peer = new WrtcPeer();

  const { reply, room } = await publish(caller, peer);

  assert.equal(reply['room'], room);
  await caller.command('room.get_info', { room_id: room });
});

check(17, 'a listener names its publisher alone, and finds the room', async ({ caller }) => {
  using peer = new WrtcPeer();
  const { session, room } = await publish(caller, peer);

  const reply = await listen(caller, session);
  const info = await caller.command('session.get_info', { session_id: textOf(reply, 'session_id') });

  const { trickle_ice, sdp_type } = fieldsOf(reply['offer']);
  assert.deepEqual([trickle_ice, sdp_type], [false, 'webrtc']);
  assert.match(sdpIn(reply, 'offer'), /^a=candidate:/m);
  assert.deepEqual(info['type_ext'], { room_id: room, publisher_id: session });
});

check(17, 'a listener with an offer, or without a publisher, is refused', async ({ caller }) => {
  using peer = new WrtcPeer();
  const { session: publisher_id } = await publish(caller, peer);
  const offer = { sdp: await peer.wholeOffer() };

  const offering = await caller.ask('session.create', { type: 'listen', publisher_id, offer });
  const aimless = await caller.ask('session.create', { type: 'listen' });
  const lost = await caller.ask('session.create', { type: 'listen', publisher_id: 'nobody' });

  assert.deepEqual(refusalIn(offering), { code: 100040, name: 'invalid_operation' });
  assert.deepEqual(refusalIn(aimless), { code: 100045, name: 'missing_field' });
  assert.deepEqual(refusalIn(lost), { code: 304005, name: 'invalid_publisher' });
});

check(18, 'set_answer completes a listener, who then sees and hears the publisher', async ({ caller }) => {
  using speaker = new WrtcPeer();
  using viewer = new WrtcPeer();
  const { session } = await publish(caller, speaker);

  await watch(caller, viewer, session);

  await sees(viewer);
  await hears(viewer);
});

check(18, 'a second answer is refused', async ({ caller }) => {
  using speaker = new WrtcPeer();
  using viewer = new WrtcPeer();
  const { session } = await publish(caller, speaker);
  const session_id = await watch(caller, viewer, session);
  const { answer } = await caller.command('session.get_answer', { session_id });

  const reply = await caller.ask('session.set_answer', { session_id, answer });

  assert.deepEqual(refusalIn(reply), { code: 300013, name: 'answer_already_set' });
  await sees(viewer);
});

check(22, 'set_type moves a listener to another publisher without a new negotiation', async ({ caller }) => {
  using speaker = new WrtcPeer();
  using mute = new WrtcPeer();
  using viewer = new WrtcPeer();
  const first = await publish(caller, speaker);
  const second = await publish(caller, mute, { room_id: first.room, mute_audio: true });
  const session_id = await watch(caller, viewer, first.session);
  await sees(viewer);
  await hears(viewer);

  await caller.command('session.set_type', { session_id, type: 'listen', publisher: second.session });
  await hearsNothing(viewer);
  await sees(viewer);
  await caller.command('session.set_type', { session_id, type: 'listen', publisher_id: first.session });
  await hears(viewer);

  const types = caller.eventsOf(session_id).filter(({ type }) => type === 'type');
  assert.deepEqual(
    types.map(({ body }) => body['publisher_id']),
    [first.session, second.session, first.session],
  );
});

check(22, 'a listener becomes nothing but a listener, of its own room', async ({ caller }) => {
  using speaker = new WrtcPeer();
  using stranger = new WrtcPeer();
  using viewer = new WrtcPeer();
  const { session } = await publish(caller, speaker);
  const elsewhere = await publish(caller, stranger);
  const session_id = await watch(caller, viewer, session);

  const type = await caller.ask('session.set_type', { session_id, type: 'echo' });
  const publisher_id = elsewhere.session;
  const room = await caller.ask('session.set_type', { session_id, type: 'listen', publisher_id });

  assert.deepEqual(refusalIn(type), { code: 100006, name: 'not_implemented' });
  assert.deepEqual(refusalIn(room), { code: 304005, name: 'invalid_publisher' });
  await sees(viewer);
});
