import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError, sessionId } from '#schemas';
import { start } from '../../support/room-run.ts';

const p1 = sessionId('p1');
const p2 = sessionId('p2');
const l1 = sessionId('l1');
const l2 = sessionId('l2');

test('a room is made on its media server before it says that it is there', () => {
  const room = start();
  room.post({ type: 'when_open', request: 1 });

  assert.deepEqual(room.said(), ['open']);
  room.post({ type: 'opened' });

  assert.deepEqual(room.said(), ['created', 'reply 1 ok']);
  room.post({ type: 'when_open', request: 2 });
  assert.deepEqual(room.said(), ['reply 2 ok']);
});

test('a room that cannot be made fails who waits, and leaves without an event', () => {
  const room = start();
  room.post({ type: 'when_open', request: 1 });
  room.said();

  room.post({ type: 'failed', error: new MediaError('janus_error') });

  assert.deepEqual(room.said(), ['reply 1 janus_error', 'ended janus_error']);
  assert.equal(room.clock.pending, 0);
});

test('whoever gives up waiting is not told', () => {
  const room = start();
  room.post({ type: 'when_open', request: 1 });
  room.post({ type: 'cancel', request: 1 });
  room.said();

  room.post({ type: 'opened' });

  assert.deepEqual(room.said(), ['created']);
});

test('no more than a hundred wait for a room', () => {
  const room = start();
  for (let request = 1; request <= 101; request += 1) room.post({ type: 'when_open', request });

  assert.deepEqual(room.said(), ['open', 'reply 101 busy']);
});

test('members come and go, and get_info shows who is there', () => {
  const room = start().open();
  room.publish(p1);
  room.listen(l1, p1);

  assert.deepEqual(room.said(), ['started_member p1 publisher', 'started_member l1 listener p1']);
  assert.deepEqual(room.room.info.members, {
    p1: { role: 'publisher', user_id: 'anna' },
    l1: { role: 'listener', user_id: 'anna', peer_id: 'p1' },
  });
  assert.deepEqual(room.room.status, { publishers: 1, listeners: 1 });
  room.post({ type: 'left', sessionId: l1 });

  assert.deepEqual(room.said(), ['stopped_member l1 listener p1']);
  assert.deepEqual(room.room.status, { publishers: 1, listeners: 0 });
});

test('a listener that follows somebody else is updated, not started again', () => {
  const room = start().open();
  room.publish(p1);
  room.publish(p2);
  room.listen(l1, p1);
  room.said();

  room.listen(l1, p2);
  room.listen(l1, p2);

  assert.deepEqual(room.said(), ['updated_member l1 listener p2']);
});

test('the listeners of a publisher end with it, and those of others stay', () => {
  const room = start().open();
  room.publish(p1);
  room.publish(p2);
  room.listen(l1, p1);
  room.listen(l2, p2);
  room.said();

  room.post({ type: 'left', sessionId: p1 });
  room.post({ type: 'left', sessionId: l1 });

  assert.deepEqual(room.said(), [
    'stop l1 publisher_stop',
    'stopped_member p1 publisher',
    'stopped_member l1 listener p1',
  ]);
  assert.deepEqual(Object.keys(room.room.info.members), ['p2', 'l2']);
});

test('a listener that has not answered yet ends with its publisher too', () => {
  const room = start().open();
  room.publish(p1);
  room.post({ type: 'expected', sessionId: l1, peerId: p1 });
  room.said();

  room.post({ type: 'left', sessionId: p1 });

  assert.deepEqual(room.said(), ['stop l1 publisher_stop', 'stopped_member p1 publisher']);
});

test('a listener that moves to a publisher who leaves meanwhile ends as those who were there', () => {
  const room = start().open();
  room.publish(p1);
  room.publish(p2);
  room.listen(l1, p1);
  room.post({ type: 'left', sessionId: p2 });
  room.said();

  room.listen(l1, p2);

  assert.deepEqual(room.said(), [
    'updated_member l1 listener p2',
    'stop l1 publisher_stop',
    'stopped_member l1 listener p2',
  ]);
  assert.deepEqual(room.room.status, { publishers: 1, listeners: 0 });
});

test('a room that is stopped stops its members, on their way or there, and says why', () => {
  const room = start().open();
  room.publish(p1);
  room.listen(l1, p1);
  room.post({ type: 'expected', sessionId: p2 });
  room.said();

  room.post({ type: 'stop', reason: 'api_stop' });

  assert.deepEqual(room.said(), [
    'stop p1 room_destroyed',
    'stop l1 room_destroyed',
    'stop p2 room_destroyed',
    'stopped_member p1 publisher',
    'stopped_member l1 listener p1',
    'destroyed api_stop 100013',
    'ended api_stop',
  ]);
  assert.equal(room.clock.pending, 0);
});

test('members of a room that the media server loses are told the same reason', () => {
  const room = start().open();
  room.publish(p1);
  room.said();

  room.post({ type: 'failed', error: new MediaError('engine_died') });

  assert.deepEqual(room.said(), [
    'stop p1 engine_died',
    'stopped_member p1 publisher',
    'destroyed engine_died 309004',
    'ended engine_died',
  ]);
});

test('a room without publishers ends after its timeout', () => {
  const room = start({ timeoutMs: 5000 }).open();

  room.clock.advance(4999);
  assert.deepEqual(room.said(), []);
  room.clock.advance(1);

  assert.deepEqual(room.said(), ['destroyed timeout 100005', 'ended timeout']);
});

test('listeners alone do not keep a room, and a publisher does', () => {
  const room = start({ timeoutMs: 5000 }).open();
  room.publish(p1);
  room.clock.advance(3_600_000);
  room.post({ type: 'expected', sessionId: p2 });
  room.listen(l1, p2);
  room.post({ type: 'left', sessionId: p1 });
  room.said();

  room.clock.advance(4999);
  assert.deepEqual(room.said(), []);
  room.clock.advance(1);

  assert.equal(room.said()[0], 'stop l1 room_destroyed');
});

test('a member that comes or goes, and a message, start the time anew', () => {
  const room = start({ timeoutMs: 5000 }).open();
  room.post({ type: 'expected', sessionId: p1 });
  room.clock.advance(4000);
  room.listen(l1, p1);
  room.clock.advance(4000);
  room.post({ type: 'left', sessionId: l1 });
  room.clock.advance(4000);
  room.say({ text: 'still here' });
  room.clock.advance(4999);
  assert.equal(room.said().at(-1), 'msglog_new_msg 1');
  room.clock.advance(1);

  assert.equal(room.said().at(-1), 'ended timeout');
});

test('a room that never opened ends after its timeout too', () => {
  const room = start({ timeoutMs: 5000 });
  room.post({ type: 'when_open', request: 1 });

  room.clock.advance(5000);

  assert.deepEqual(room.said(), ['open', 'reply 1 timeout', 'ended timeout']);
});

test('a room made for a publisher that fails ends with it', () => {
  const room = start({ isProvisional: true });
  room.post({ type: 'reserved' });
  room.post({ type: 'opened' });
  room.said();

  room.post({ type: 'given_up' });

  assert.deepEqual(room.said(), ['destroyed no_room_members 304004', 'ended no_room_members']);
});

test('a room made for a publisher that fails stays while another is in it or on its way', () => {
  const room = start({ isProvisional: true }).open();
  room.post({ type: 'reserved' });
  room.post({ type: 'reserved' });
  room.post({ type: 'given_up' });
  room.publish(p2);
  room.post({ type: 'taken' });
  room.post({ type: 'reserved' });
  room.post({ type: 'given_up' });
  room.post({ type: 'left', sessionId: p2 });

  assert.equal(room.said().includes('ended no_room_members'), false);
});

test('messages are numbered, kept and told, with the words of the server over those of the sender', () => {
  const room = start().open();

  room.say({ text: 'one', msg_id: 99, user_id: 'somebody else' });
  room.say({ text: 'two' });

  assert.deepEqual(room.said(), ['reply 1 1', 'msglog_new_msg 1', 'reply 1 2', 'msglog_new_msg 2']);
  assert.deepEqual(room.room.messages, [
    { text: 'one', msg_id: 1, user_id: 'anna', session_id: 'ws-1', timestamp: 1000 },
    { text: 'two', msg_id: 2, user_id: 'anna', session_id: 'ws-1', timestamp: 1000 },
  ]);
});

test('packets that a publisher loses are told, and those of a listener are not', () => {
  const room = start().open();
  room.publish(p1);
  room.listen(l1, p1);
  room.said();

  room.post({ type: 'slow_link', sessionId: l1, isUplink: false, lostPackets: 9 });
  room.post({ type: 'slow_link', sessionId: p1, isUplink: true, lostPackets: 7 });

  assert.deepEqual(room.said(), ['status slow_link p1']);
  assert.deepEqual(room.room.status.slow_link, { session_id: 'p1', uplink: true, nacks: 7 });
});

test('nothing happens in a room that has ended', () => {
  const room = start().open();
  room.post({ type: 'stop', reason: 'api_stop' });
  room.said();

  room.post({ type: 'when_open', request: 5 });
  room.say({ text: 'late' });
  room.publish(p1);
  room.post({ type: 'stop', reason: 'api_stop' });

  assert.deepEqual(room.said(), ['reply 5 room_not_found', 'reply 1 room_not_found']);
});
