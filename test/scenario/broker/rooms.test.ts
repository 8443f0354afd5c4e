import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import { FakeCaller } from '../../support/fake-caller.ts';
import { RoomBroker, storyOf, toldOf } from '../../support/room-broker.ts';
import { dataOf, errorOf } from '../../support/test-broker.ts';

const elsewhere = Object.freeze({ tenant: 'elsewhere', user: 'eve', grants: ['*'] });

test('publishers, listeners and their room, from the first event to the last', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();

  const p1 = await broker.publish(caller, { room_video_codec: 'vp9', wait_reply: true });
  const room_id = p1.room_id;
  const p2 = await broker.publish(caller, { room_id });
  const l1 = await broker.listen(caller, p1.session_id);
  assert.equal(l1.room_id, room_id);
  broker.join(l1.session_id, sessionId(p2.session_id));
  await broker.pass();
  await broker.ask(caller, 'destroy', { session_id: p2.session_id });
  await broker.askRoom(caller, 'destroy', { room_id });
  await broker.pass();

  const names = { [room_id]: 'R', [p1.session_id]: 'P1', [p2.session_id]: 'P2', [l1.session_id]: 'L1' };
  const story = storyOf(caller, names);
  const wanted = ['R ', 'P1 destroyed', 'P2 destroyed', 'L1 destroyed'];
  assert.deepEqual(
    story.filter((line) => wanted.some((start) => line.startsWith(start))),
    [
      'R created',
      'R started_member publisher',
      'R started_member publisher',
      'R started_member listener',
      'R updated_member listener',
      'L1 destroyed publisher_stop',
      'R stopped_member publisher',
      'R stopped_member listener',
      'P2 destroyed user_stop',
      'P1 destroyed room_destroyed',
      'R stopped_member publisher',
      'R destroyed api_stop',
    ],
  );
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.deepEqual(broker.rooms.counts, { running: 0, releasing: 0 });
  assert.deepEqual([broker.backend.rooms.size, broker.rooms.membersCount], [0, 0]);
  assert.deepEqual([broker.clock.pending, broker.subscriptions.size], [0, 0]);
});

test('a room is made as the client says, and shows it', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const wish = { class: 'sfu', room_id: 'lobby', timeout: 60, bitrate: 500_000, room_meta: { floor: 2 } };

  const reply = await broker.askRoom(caller, 'create', { ...wish, audiocodec: 'pcma', video_codec: 'h264' });

  assert.deepEqual(reply.data, { room_id: 'lobby' });
  assert.deepEqual(
    [...broker.backend.rooms],
    [{ roomId: 'lobby', codecs: ['PCMA', 'H264'], bitsPerSecond: 500_000 }],
  );
  assert.deepEqual(await broker.roomInfo(caller, 'lobby'), {
    room_id: 'lobby',
    class: 'sfu',
    backend: 'nkmedia_janus',
    audio_codec: 'pcma',
    video_codec: 'h264',
    bitrate: 500_000,
    timeout: 60,
    room_meta: { floor: 2 },
    members: {},
    status: { publishers: 0, listeners: 0 },
  });
  assert.deepEqual((await broker.askRoom(caller, 'get_list')).data, [{ room_id: 'lobby', class: 'sfu' }]);
  assert.deepEqual((await broker.askRoom(caller, 'get_status', { room_id: 'lobby' })).data, {
    publishers: 0,
    listeners: 0,
  });
});

test('a room gets an id of this node, opus and vp8, no limit and five minutes', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();

  const { room_id } = dataOf(await broker.askRoom(caller, 'create', { class: 'sfu' }));

  assert.match(String(room_id), /^node0001-[0-9a-f-]{36}$/);
  const info = await broker.roomInfo(caller, String(room_id));
  assert.deepEqual(
    [info['audio_codec'], info['video_codec'], info['bitrate'], info['timeout']],
    ['opus', 'vp8', 0, 300],
  );
});

test('what is wrong with a room is named', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const create = async (data: object): Promise<string> =>
    errorOf(await broker.askRoom(caller, 'create', data));
  await broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'taken' });

  assert.equal(await create({ class: 'sfu', room_id: 'taken' }), 'room_already_exists');
  assert.equal(await create({ class: 'mcu' }), 'not_implemented');
  assert.equal(await create({}), 'missing_field');
  assert.equal(await create({ class: 'sfu', timeout: 4 }), 'syntax_error');
  assert.equal(await create({ class: 'sfu', video_codec: 'av1' }), 'syntax_error');
  assert.equal(await create({ class: 'sfu', room_id: 'a b' }), 'syntax_error');
  assert.equal(await create({ class: 'sfu', audio_codec: 'isac32' }), 'invalid_parameters');
  assert.equal(await create({ class: 'sfu', backend: 'nkmedia_fs' }), 'unknown_backend');
  broker.backend.isAvailable = false;
  assert.equal(await create({ class: 'sfu' }), 'no_mediaserver');
  for (const cmd of ['destroy', 'get_info', 'get_status', 'msglog_get'])
    assert.equal(errorOf(await broker.askRoom(caller, cmd, { room_id: 'nowhere' })), 'room_not_found', cmd);
  assert.equal(
    errorOf(await broker.askRoom(caller, 'msglog_send', { room_id: 'nowhere', msg: {} })),
    'room_not_found',
  );
  assert.deepEqual(await broker.roomIds(caller), ['taken']);
});

test('old words for commands of rooms are understood, and what nobody knows is not implemented', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  await broker.askRoom(caller, 'start', { class: 'sfu', room_id: 'old' });

  assert.equal(dataOf(await broker.askRoom(caller, 'info', { room_id: 'old' }))['class'], 'sfu');
  assert.deepEqual((await broker.askRoom(caller, 'list')).data, [{ room_id: 'old', class: 'sfu' }]);
  await broker.askRoom(caller, 'stop', { room_id: 'old' });
  assert.deepEqual(await broker.roomIds(caller), []);
  assert.equal(errorOf(await broker.askRoom(caller, 'dance')), 'not_implemented');
});

test('rooms of another tenant are not found', async () => {
  const broker = new RoomBroker();
  const [owner, stranger] = [new FakeCaller(), new FakeCaller(elsewhere, 'stranger')];
  await broker.askRoom(owner, 'create', { class: 'sfu', room_id: 'private' });

  assert.equal(errorOf(await broker.askRoom(stranger, 'destroy', { room_id: 'private' })), 'room_not_found');
  assert.equal(errorOf(await broker.publishing(stranger, { room_id: 'private' })), 'room_not_found');
  assert.deepEqual(await broker.roomIds(stranger), []);
  assert.deepEqual(await broker.roomIds(owner), ['private']);
});

test('a room nobody publishes into ends after its timeout, and says so', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  await broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'brief', timeout: 5 });

  await broker.pass(5000);

  assert.deepEqual(toldOf(caller, 'brief'), ['created', 'destroyed timeout']);
  assert.deepEqual(caller.events.at(-1)?.body, { code: 100005, reason: 'Timeout', name: 'timeout' });
  assert.equal(broker.backend.rooms.size, 0);
});

test('a room outlives the connection that made it, and a member that dies with its connection leaves', async () => {
  const broker = new RoomBroker();
  const [leaving, staying] = [new FakeCaller(undefined, 'leaving'), new FakeCaller(undefined, 'staying')];
  const { room_id } = await broker.publish(leaving);
  const other = await broker.publish(staying, { room_id });

  leaving.leave();
  await broker.pass();

  assert.deepEqual(await broker.memberIds(staying, room_id), [other.session_id]);
  assert.equal(toldOf(staying, room_id).at(-1), 'stopped_member publisher');
});

test('members of a room that its engine loses end with that reason', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const { room_id, session_id } = await broker.publish(caller);

  broker.backend.roomListeners[0]?.({ type: 'gone', reason: 'engine_died' });
  await broker.pass();

  assert.equal(toldOf(caller, session_id).at(-1), 'destroyed engine_died');
  assert.equal(toldOf(caller, room_id).at(-1), 'destroyed engine_died');
  assert.deepEqual(await broker.roomIds(caller), []);
});

test('who makes a room hears it once, and not at all if it does not want to', async () => {
  const broker = new RoomBroker();
  const [maker, deaf] = [new FakeCaller(undefined, 'maker'), new FakeCaller(undefined, 'deaf')];
  await broker.askRoom(maker, 'create', { class: 'sfu', room_id: 'heard' });
  await broker.publish(maker, { room_id: 'heard' });
  await broker.askCore(maker, 'event', 'subscribe', { class: 'media', subclass: 'room' });
  await broker.publish(deaf, { room_id: 'heard', subscribe: false });
  await broker.askRoom(deaf, 'create', { class: 'sfu', subscribe: false });

  const about = maker.events.filter(({ obj_id }) => obj_id === 'heard').map(({ type, seq }) => [type, seq]);
  assert.deepEqual(about, [
    ['created', 1],
    ['started_member', 2],
    ['started_member', 3],
  ]);
  assert.deepEqual(deaf.events, []);
});

test('messages are kept with who sent them and when, and told to the room', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  await broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'talk' });
  const send = (msg: object): ReturnType<typeof broker.askRoom> =>
    broker.askRoom(caller, 'msglog_send', { room_id: 'talk', msg });

  assert.deepEqual((await send({ text: 'hello' })).data, { msg_id: 1 });
  assert.deepEqual((await send({ text: 'again', msg_id: 77 })).data, { msg_id: 2 });
  assert.equal(errorOf(await send({ text: 'x'.repeat(16_384) })), 'syntax_error');

  const { data } = await broker.askRoom(caller, 'msglog_get', { room_id: 'talk' });
  const from = { user_id: 'anyone', session_id: 'fake', timestamp: broker.clock.wallTime() * 1000 };
  assert.deepEqual(data, [
    { text: 'hello', msg_id: 1, ...from },
    { text: 'again', msg_id: 2, ...from },
  ]);
  assert.deepEqual(toldOf(caller, 'talk'), ['created', 'msglog_new_msg', 'msglog_new_msg']);
});

test('a room whose engine says nothing is given up with the command that wanted it', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  broker.backend.areRoomsSilent = true;
  const reply = broker.askRoom(caller, 'create', { class: 'sfu', room_id: 'slow' });

  await broker.pass(30_000);

  assert.equal(errorOf(await reply), 'timeout');
  assert.deepEqual(await broker.roomIds(caller), []);
  assert.equal(broker.backend.rooms.size, 0);
});

test('packets that a publisher loses are told to its room', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller();
  const { room_id, session_id } = await broker.publish(caller);

  broker.legOf(session_id).emit({ type: 'slow_link', isUplink: true, lostPackets: 12 });
  await broker.pass();

  assert.deepEqual(caller.events.at(-2)?.body, { class: 'slow_link', session_id, uplink: true, nacks: 12 });
  assert.deepEqual((await broker.askRoom(caller, 'get_status', { room_id })).data, {
    publishers: 1,
    listeners: 0,
    slow_link: { session_id, uplink: true, nacks: 12 },
  });
});

test('a publisher takes all its listeners with it, however many they are', async () => {
  const broker = new RoomBroker();
  const caller = new FakeCaller(undefined, 'deaf', false);
  const { room_id, session_id } = await broker.publish(caller);
  for (let count = 0; count < 300; count += 1) await broker.listen(caller, session_id);
  assert.deepEqual((await broker.roomInfo(caller, room_id))['status'], { publishers: 1, listeners: 300 });

  await broker.ask(caller, 'destroy', { session_id });
  await broker.pass();

  assert.deepEqual((await broker.roomInfo(caller, room_id))['members'], {});
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.equal(broker.rooms.membersCount, 0);
});
