import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusError } from '#janus/client';
import { destroyStaleRooms } from '../../../backend-janus/adapter/legs/videoroom/stale-rooms.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';

const never = new AbortController().signal;

function janusWith(rooms: Map<number, string>): FakeJanusConnection {
  const connection = new FakeJanusConnection();
  connection.plugin = (body) => {
    if ('request' in body && body.request === 'list')
      return { data: { list: [...rooms].map(([room, description]) => ({ room, description })) } };
    if ('room' in body) rooms.delete(Number(body.room));
    return { data: { videoroom: 'destroyed' } };
  };
  return connection;
}

test('rooms of our making are destroyed, and no others', async () => {
  const clock = new FakeClock();
  const rooms = new Map([
    [1, 'bifrons/here/a'],
    [2, 'bifrons/here2/a'],
    [3, 'Demo Room'],
    [4, 'bifrons/here/b'],
    [5, 'of bifrons/here/b'],
  ]);
  const connection = janusWith(rooms);

  const count = await destroyStaleRooms(connection, { clock, node: 'here' }, never);

  assert.equal(count, 2);
  assert.deepEqual([...rooms.keys()], [2, 3, 5]);
  assert.equal(connection.sessions.size, 0);
  assert.equal(clock.pending, 0);
});

test('a Janus without rooms is left as it is', async () => {
  const connection = new FakeJanusConnection();
  connection.plugin = () => {
    throw new JanusError(460, "No such plugin 'janus.plugin.videoroom'");
  };

  assert.equal(await destroyStaleRooms(connection, { clock: new FakeClock(), node: 'here' }, never), 0);
});
