import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '#services/broker';
import { sendReply } from '../../../../services/transport/nats/send-reply.ts';

const small: Reply = { result: 'ok', tid: 1, data: { list: 'é' } };
const size = Buffer.byteLength(JSON.stringify(small));

/** Sends `reply` and returns what was sent and what was logged. */
function send(reply: Reply, mostBytes?: number, subject = 'inbox'): { sent: unknown[]; logged: unknown[] } {
  const sent: unknown[] = [];
  const logged: unknown[] = [];
  const respond = (payload: string): boolean => sent.push(JSON.parse(payload)) > 0;
  sendReply({ reply: subject, respond }, reply, mostBytes, { warn: (...line) => void logged.push(line) });
  return { sent, logged };
}

test('a reply of as many bytes as the server takes is sent as it is', () => {
  assert.deepEqual(send(small, size), { sent: [small], logged: [] });
  assert.deepEqual(send(small), { sent: [small], logged: [] });
});

test('a reply of one byte more is replaced by overload with its tid, and logged by its size', () => {
  const hint = `the reply has ${size} bytes, and the NATS server takes ${size - 1}`;
  const data = { code: 100081, error: 'Overload', name: 'overload', hint };

  assert.deepEqual(send(small, size - 1), {
    sent: [{ result: 'error', data, tid: 1 }],
    logged: [[{ bytes: size, most_bytes: size - 1 }, 'a reply is larger than the NATS server takes']],
  });
});

test('who gave no subject for the reply gets none', () => {
  assert.deepEqual(send(small, 1, ''), { sent: [], logged: [] });
});

test('a connection that no longer takes replies is logged in one sentence, once, and nothing is thrown', () => {
  const logged: unknown[] = [];
  let tries = 0;
  const respond = (): boolean => {
    tries += 1;
    throw new Error('CONNECTION_CLOSED');
  };

  sendReply({ reply: 'inbox', respond }, small, size, { warn: (...line) => void logged.push(line) });

  assert.deepEqual(logged, [[{ reason: 'CONNECTION_CLOSED' }, 'a reply cannot be sent']]);
  assert.equal(tries, 1);
});
