import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { FakeCaller } from '../../support/fake-caller.ts';
import { RoomBroker, toldOf } from '../../support/room-broker.ts';
import { dataOf, errorOf } from '../../support/test-broker.ts';

/** Has every leg that is opened from now on fail. */
function breakLegs({ backend }: RoomBroker, code: 'codec_mismatch' | 'invalid_sdp'): void {
  const open = backend.open.bind(backend);
  backend.open = (request, onEvent) => {
    backend.failure = new MediaError(code);
    const leg = open(request, onEvent);
    backend.failure = undefined;
    return leg;
  };
}

test('a publisher that names no room gets one of its own, made as it says', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();

  const { room_id, session_id } = await broker.publish(caller, {
    room_audiocodec: 'pcmu',
    room_video_codec: 'h264',
    room_bitrate: 300_000,
  });

  assert.match(room_id, /^node0001-/);
  assert.deepEqual(
    [...broker.backend.rooms],
    [{ roomId: room_id, codecs: ['PCMU', 'H264'], bitsPerSecond: 300_000 }],
  );
  assert.equal(broker.legOf(session_id).opened.roomId, room_id);
  assert.deepEqual(toldOf(caller, room_id), ['created', 'started_member publisher']);
});

test('a room that a publisher names is used, and made only if the publisher says so', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  await broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'there', video_codec: 'vp9' });

  assert.equal((await broker.publish(caller, { room: 'there' })).room_id, 'there');
  assert.equal((await broker.publish(caller, { room_id: 'there', create_room: true })).room_id, 'there');
  assert.equal(errorOf(await broker.publishing(caller, { room_id: 'missing' })), 'room_not_found');
  assert.equal((await broker.publish(caller, { room_id: 'made', create_room: true })).room_id, 'made');
  const ours = 'node0001-0f4e9b4e-3f0c-4b7e-9a39-2d7a5f1c8e11';
  const refused = await broker.publishing(caller, { room_id: ours, create_room: true });
  assert.equal(errorOf(refused), 'syntax_error');
  assert.deepEqual(await broker.roomIds(caller), ['there', 'made']);
});

test('a room is open before the leg of its publisher is opened', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  broker.backend.areRoomsSilent = true;
  const reply = broker.publishing(caller);

  await broker.pass();
  assert.equal(broker.backend.legs.length, 0);
  broker.backend.roomListeners[0]?.({ type: 'done' });

  assert.equal(typeof dataOf(await reply)['room_id'], 'string');
  assert.equal(broker.backend.legs.length, 1);
});

test('of two publishers that make the same room at once one makes it, and both are in it', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const same = { room_id: 'same', create_room: true };

  const [one, other] = await Promise.all([broker.publish(caller, same), broker.publish(caller, same)]);

  assert.equal(broker.backend.rooms.size, 1);
  const both = [one.session_id, other.session_id].toSorted();
  assert.deepEqual(await broker.memberIds(caller, 'same'), both);
});

test('a room that cannot be made fails the publisher with the true reason', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  broker.backend.failure = new MediaError('janus_connection_error');

  assert.equal(errorOf(await broker.publishing(caller)), 'janus_connection_error');

  assert.deepEqual([broker.backend.legs.length, broker.rooms.counts.running], [0, 0]);
  assert.deepEqual([broker.clock.pending, broker.subscriptions.size], [0, 0]);
});

test('a room made for a publisher that fails is destroyed again', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  breakLegs(broker, 'codec_mismatch');

  assert.equal(errorOf(await broker.publishing(caller)), 'codec_mismatch');
  await broker.pass();

  assert.deepEqual(await broker.roomIds(caller), []);
  assert.equal(broker.backend.rooms.size, 0);
  assert.deepEqual([broker.clock.pending, broker.subscriptions.size, broker.rooms.membersCount], [0, 0, 0]);
});

test('a room made for a publisher that fails stays if somebody else got into it', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const same = { room_id: 'same', create_room: true };
  broker.backend.isSilent = true;
  const failing = broker.publishing(caller, same);
  const joining = broker.publishing(caller, same);
  await broker.pass();
  const [first, second] = broker.backend.legs;

  second?.describe();
  await joining;
  first?.emit({ type: 'failed', operation: first.opened.operation, error: new MediaError('invalid_sdp') });

  assert.equal(errorOf(await failing), 'invalid_sdp');
  assert.deepEqual(await broker.roomIds(caller), ['same']);
});

test('a room that a publisher found is kept when the publisher fails', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  await broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'there' });
  breakLegs(broker, 'invalid_sdp');

  assert.equal(errorOf(await broker.publishing(caller, { room_id: 'there' })), 'invalid_sdp');

  assert.deepEqual(await broker.roomIds(caller), ['there']);
});

test('a publisher without an offer, or with a codec that no engine has, makes no room', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();

  assert.equal(errorOf(await broker.ask(caller, 'create', { type: 'publish' })), 'invalid_operation');
  const isac = await broker.publishing(caller, { room_audio_codec: 'isac16' });
  assert.equal(errorOf(isac), 'invalid_parameters');
  assert.match(JSON.stringify(isac.data), /data\.room_audio_codec must be one of opus, pcmu, pcma/);
  assert.equal(errorOf(await broker.publishing(caller, { room_audio_codec: 'mp3' })), 'syntax_error');

  assert.equal(broker.backend.roomListeners.length, 0);
});

test('a publisher that is on its way ends with its room', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  broker.backend.isSilent = true;
  const reply = broker.publishing(caller, { room_id: 'closing', create_room: true });
  await broker.pass();

  await broker.askRoom(caller, 'destroy', { room_id: 'closing' });

  assert.equal(errorOf(await reply), 'room_destroyed');
  assert.deepEqual([broker.sessions.counts.running, broker.rooms.membersCount], [0, 0]);
});

test('rooms and publishers that come and go leave nothing behind', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  for (let count = 0; count < 200; count += 1) {
    const { room_id, session_id } = await broker.publish(caller);
    await broker.listen(caller, session_id);
    await broker.askRoom(caller, 'destroy', { room_id });
  }
  await broker.pass();

  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.deepEqual(broker.rooms.counts, { running: 0, releasing: 0 });
  assert.deepEqual([broker.backend.rooms.size, broker.rooms.membersCount], [0, 0]);
  assert.deepEqual([broker.clock.pending, broker.subscriptions.size], [0, 0]);
});

test('a publisher in which a bug strikes while it starts leaves nothing in a room', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  broker.backend.open = () => {
    throw new TypeError('a bug');
  };

  assert.equal(errorOf(await broker.publishing(caller)), 'internal_error');
  await broker.pass();

  assert.deepEqual([broker.rooms.membersCount, broker.rooms.counts.running], [0, 0]);
});

test('a publisher that dies of a bug is over once, also if a listener that ends with it is its slave', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const { session_id } = await broker.publish(caller);
  const listener = await broker.listen(caller, session_id, { master_id: session_id });
  broker.legOf(session_id).bug = new TypeError('a bug');

  const reply = await broker.ask(caller, 'update_media', { session_id, mute_audio: true });
  await broker.pass();

  assert.equal(errorOf(reply), 'internal_error');
  assert.deepEqual(toldOf(caller, session_id).slice(-1), ['destroyed internal_error']);
  assert.deepEqual(toldOf(caller, listener.session_id).slice(-1), ['destroyed publisher_stop']);
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
});

test('a listener that names another room, or another backend, than its publisher is refused', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const { session_id: publisher_id } = await broker.publish(caller);
  const listen = async (data: object): Promise<string> =>
    errorOf(await broker.ask(caller, 'create', { type: 'listen', publisher_id, ...data }));

  assert.equal(await listen({ room_id: 'other' }), 'invalid_publisher');
  assert.equal(await listen({ backend: 'nkmedia_fs' }), 'different_mediaserver');

  assert.equal(broker.sessions.counts.running, 1);
});
