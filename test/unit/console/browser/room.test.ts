import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Members } from '../../../../services/console/browser/room/members.ts';
import { messageOf } from '../../../../services/console/browser/room/messages.ts';
import type { MediaEvent } from '../../../../services/console/browser/wire.ts';

function event(type: string, body: MediaEvent['body']): MediaEvent {
  return { class: 'media', subclass: 'room', obj_id: 'lobby', seq: 1, time: 0, node: 'node0001', type, body };
}

test('members come from the info of the room, publishers first and by name', () => {
  const members = new Members();

  members.reset({
    members: {
      c: { role: 'listener', user_id: 'Cara', peer_id: 'b' },
      b: { role: 'publisher', user_id: 'Ben' },
      a: { role: 'publisher', user_id: 'Anna' },
      odd: { role: 'mixer' },
      none: 3,
    },
  });

  assert.deepEqual(members.all, [
    { sessionId: 'a', role: 'publisher', name: 'Anna' },
    { sessionId: 'b', role: 'publisher', name: 'Ben' },
    { sessionId: 'c', role: 'listener', name: 'Cara', publisherId: 'b' },
  ]);
});

test('members come, change whom they follow, and go with the events of the room', () => {
  const members = new Members();
  members.hear(event('started_member', { session_id: 'a', role: 'publisher', user_id: 'Anna' }));
  members.hear(event('started_member', { session_id: 'c', role: 'listener', user_id: 'Cara', peer_id: 'a' }));
  members.hear(event('updated_member', { session_id: 'c', role: 'listener', user_id: 'Cara', peer_id: 'b' }));

  assert.equal(members.all[1]?.publisherId, 'b');
  assert.equal(members.nameOf('a'), 'Anna');

  members.hear(event('stopped_member', { session_id: 'a', role: 'publisher', user_id: 'Anna' }));
  assert.deepEqual(
    members.all.map(({ sessionId }) => sessionId),
    ['c'],
  );
});

test('a message is read with its author and time, one of another program as its JSON', () => {
  const marks = { msg_id: 3, user_id: 'Anna', session_id: 'x', timestamp: 5_000_000 };

  assert.deepEqual(messageOf({ ...marks, text: 'Hello' }), {
    id: 3,
    from: 'Anna',
    text: 'Hello',
    time: 5000,
  });
  assert.equal(messageOf({ ...marks, colour: 'red' })?.text, '{"colour":"red"}');
  assert.equal(messageOf({ text: 'Hello' }), undefined);
});
