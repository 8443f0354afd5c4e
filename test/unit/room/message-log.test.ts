import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageLog } from '../../../services/room/message-log.ts';

const sender = Object.freeze({ user_id: 'anna', session_id: 'ws-1', timestamp: 1 });

test('the oldest messages go when there are too many, and numbers go on', () => {
  const log = new MessageLog({ mostMessages: 2 });

  for (const text of ['one', 'two', 'three']) log.add({ text }, sender);

  assert.deepEqual(
    log.messages.map(({ msg_id, text }) => [msg_id, text]),
    [
      [2, 'two'],
      [3, 'three'],
    ],
  );
});

test('the oldest messages go when they are too long together', () => {
  const log = new MessageLog({ mostCharacters: 1000 });

  for (let count = 0; count < 50; count += 1) log.add({ text: 'x'.repeat(200) }, sender);

  assert.deepEqual(
    log.messages.map(({ msg_id }) => msg_id),
    [48, 49, 50],
  );
  assert.equal(JSON.stringify(log.messages).length <= 1002, true);
});

test('what is kept by default fits into one reply over NATS', () => {
  const log = new MessageLog();

  for (let count = 0; count < 100; count += 1) log.add({ text: '\u20ac'.repeat(16_000) }, sender);

  assert.equal(Buffer.byteLength(JSON.stringify(log.messages)) < 1_048_576 - 4096, true);
  assert.equal(log.messages.length > 10, true);
});
