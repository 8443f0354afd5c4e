import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError, roomId } from '#schemas';
import { anyone, EventPublisher, LocalRoomRegistry, type EventEnvelope } from '#services/broker';
import { createLog } from '#services/kernel';
import { FakeBackend } from '../../../support/fake-backend.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { roomDefaults } from '../../../support/room-run.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

interface Run {
  readonly clock: FakeClock;
  readonly rooms: LocalRoomRegistry;
  readonly heard: EventEnvelope[];
}

function start(backends: readonly FakeBackend[], mostRooms?: number): Run {
  const clock = new FakeClock();
  const events = new EventPublisher(clock, 'node0001', assert.ifError);
  const heard: EventEnvelope[] = [];
  events.subscribe((event) => heard.push(event));
  const parts = { clock, random: new SeededRandom(), log: createLog('silent', {}), events, backends };
  const limit = mostRooms === undefined ? {} : { mostRooms };
  return { clock, heard, rooms: new LocalRoomRegistry({ ...parts, node: 'node0001', ...limit }) };
}

const never = new AbortController().signal;

test('a room goes to the first backend that has rooms and can take one now', async () => {
  const echoes = new FakeBackend(['echo'], 'echoes');
  const away = new FakeBackend(undefined, 'away');
  away.isAvailable = false;
  const here = new FakeBackend(undefined, 'here');
  const { rooms } = start([echoes, away, here]);

  const room = rooms.create(roomDefaults, anyone);
  await room.whenOpen(never);

  assert.deepEqual([room.backend, here.rooms.size], ['here', 1]);
  assert.throws(() => rooms.create({ ...roomDefaults, backend: 'away' }, anyone), {
    code: 'no_mediaserver',
    hint: 'no engine is up at present; /health/ready tells when one is',
  });
  assert.throws(() => rooms.create({ ...roomDefaults, backend: 'echoes' }, anyone), {
    code: 'not_implemented',
  });
  assert.throws(() => rooms.create({ ...roomDefaults, backend: 'p2p' }, anyone), { code: 'unknown_backend' });
  assert.throws(() => start([]).rooms.create(roomDefaults, anyone), { code: 'no_mediaserver' });
});

test('there are no more rooms than may be, those that are being destroyed included', async () => {
  const { rooms } = start([new FakeBackend()], 1);
  const room = rooms.create(roomDefaults, anyone);

  assert.throws(() => rooms.create(roomDefaults, anyone), { code: 'overload' });
  room.stop('api_stop');
  assert.deepEqual(rooms.counts, { running: 0, releasing: 1 });
  assert.throws(() => rooms.create(roomDefaults, anyone), { code: 'overload' });
  await room.ended;
  await settle();

  assert.equal(rooms.create(roomDefaults, anyone).backend, 'nkmedia_janus');
});

test('the name of a room is free again when its media server has destroyed it', async () => {
  const { rooms } = start([new FakeBackend()]);
  const config = { ...roomDefaults, id: roomId('lobby') };
  const room = rooms.create(config, anyone);

  assert.throws(() => rooms.create(config, anyone), {
    code: 'room_already_exists',
    hint: 'data.room_id names a room that is there',
  });
  room.stop('api_stop');
  assert.throws(() => rooms.create(config, anyone), {
    code: 'room_already_exists',
    hint: 'data.room_id names a room that is there',
  });
  await room.ended;
  await settle();

  assert.equal(rooms.create(config, anyone).id, 'lobby');
});

test('a wait for a room ends with its signal, and the room goes on', async () => {
  const backend = new FakeBackend();
  backend.areRoomsSilent = true;
  const { rooms } = start([backend]);
  const room = rooms.create(roomDefaults, anyone);
  const patience = new AbortController();
  const waiting = room.whenOpen(patience.signal);

  patience.abort();

  await assert.rejects(waiting, { code: 'timeout' });
  await assert.rejects(room.whenOpen(patience.signal), { code: 'timeout' });
  backend.roomListeners[0]?.({ type: 'done' });
  await room.whenOpen(never);
});

test('a room that is over fails whoever asks it, with its reason', async () => {
  const backend = new FakeBackend();
  backend.failure = new MediaError('janus_error');
  const { rooms } = start([backend]);
  const room = rooms.create(roomDefaults, anyone);

  await assert.rejects(room.whenOpen(never), { code: 'janus_error' });

  await assert.rejects(room.say({}, { user_id: 'anna', session_id: 'ws-1' }), { code: 'janus_error' });
  assert.equal(await room.ended, 'janus_error');
});

test('a room in which a bug strikes ends alone, and says goodbye', async () => {
  const backend = new FakeBackend();
  const { rooms, heard } = start([backend]);
  const other = rooms.create(roomDefaults, anyone);
  backend.openRoom = () => {
    throw new TypeError('a bug');
  };

  const room = rooms.create(roomDefaults, anyone);

  assert.equal(await room.ended, 'internal_error');
  assert.deepEqual(
    heard.filter(({ obj_id }) => obj_id === room.id).map(({ type }) => type),
    ['destroyed'],
  );
  assert.deepEqual(
    rooms.list(anyone).map(({ id }) => id),
    [other.id],
  );
});

test('disposing ends all rooms, awaits that they are destroyed, and takes no more', async () => {
  const backend = new FakeBackend();
  const { rooms, clock, heard } = start([backend]);
  const room = rooms.create(roomDefaults, anyone);
  await room.whenOpen(never);

  await rooms[Symbol.asyncDispose]();

  assert.equal(heard.at(-1)?.type, 'destroyed');
  assert.equal(await room.ended, 'draining');
  assert.deepEqual([backend.rooms.size, clock.pending, rooms.counts.running], [0, 0, 0]);
  assert.throws(() => rooms.create(roomDefaults, anyone), { code: 'draining' });
});
