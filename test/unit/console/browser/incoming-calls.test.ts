import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callMeta, IncomingCalls } from '../../../../services/console/browser/call/incoming-calls.ts';
import { outcomeOf } from '../../../../services/console/browser/call/outcome.ts';
import type { MediaEvent } from '../../../../services/console/browser/wire.ts';

const head = { class: 'media', subclass: 'session', seq: 1, time: 0, node: 'node0001' };

function event(obj_id: string, type: string, body: MediaEvent['body'] = {}): MediaEvent {
  return { ...head, obj_id, type, body };
}

function created(obj_id: string, to: string, from: string): MediaEvent {
  return event(obj_id, 'created', { type: 'proxy', session_meta: callMeta(to, from) });
}

test('a session made for the name rings, those for others do not', () => {
  const calls = new IncomingCalls('Ben');

  calls.hear(created('a', 'Cara', 'Anna'));
  assert.equal(calls.first, undefined);
  calls.hear(created('b', 'Ben', 'Anna'));

  assert.deepEqual(calls.first, { sessionId: 'b', from: 'Anna' });
});

test('a call that was answered or is over rings no more, and the next one does', () => {
  for (const end of ['answer', 'destroyed']) {
    const calls = new IncomingCalls('Ben');
    calls.hear(created('a', 'Ben', 'Anna'));
    calls.hear(created('b', 'Ben', 'Cara'));

    calls.hear(event('a', end));

    assert.deepEqual(calls.first, { sessionId: 'b', from: 'Cara' });
  }
});

test('a call that was made before is found by its info unless somebody answered it', () => {
  const calls = new IncomingCalls('Ben');
  const info = { session_id: 'a', type: 'proxy', session_meta: callMeta('Ben', 'Anna') };

  calls.look({ ...info, answer: { sdp: 'v=0' } });
  calls.look({ ...info, slave_id: 'b' });
  calls.look({ ...info, type: 'bridge' });
  calls.look({ ...info, session_meta: {} });
  const before = calls.first;
  calls.look(info);

  assert.equal(before, undefined);
  assert.equal(calls.first?.sessionId, 'a');
});

test('a nameless caller is somebody, and a name that is too long is cut', () => {
  const calls = new IncomingCalls('Ben');
  calls.hear(created('a', 'Ben', ' '));
  const nameless = calls.first?.from;
  calls.forget('a');
  calls.hear(created('b', 'Ben', 'x'.repeat(500)));
  const long = calls.first?.from;

  assert.equal(nameless, 'Somebody');
  assert.equal(long?.length, 64);
});

test('no more than sixteen calls are kept', () => {
  const calls = new IncomingCalls('Ben');
  for (let index = 0; index < 20; index += 1) calls.hear(created(`s${index}`, 'Ben', 'Anna'));
  for (let index = 0; index < 16; index += 1) calls.forget(`s${index}`);

  assert.equal(calls.first, undefined);
});

test('the end of a call is told in words, a failure is not', () => {
  const call = { partner: 'Anna', wasAnswered: true, wasIncoming: true };
  const fault = (code: number): Parameters<typeof outcomeOf>[1] => ({ code, name: 'x', text: 'x' });

  assert.equal(outcomeOf(call, undefined), 'Call ended');
  assert.equal(outcomeOf(call, fault(300021)), 'Anna hung up');
  assert.equal(outcomeOf(call, fault(100010)), 'Anna left');
  assert.equal(outcomeOf(call, fault(300020)), 'Anna left');
  assert.equal(outcomeOf({ ...call, wasAnswered: false }, fault(300021)), 'Anna gave up');
  const outgoing = { partner: 'Ben', wasAnswered: false, wasIncoming: false };
  assert.equal(outcomeOf(outgoing, fault(100011)), 'Ben declined');
  assert.equal(outcomeOf(outgoing, fault(100060)), 'Ben did not answer');
  assert.equal(outcomeOf(call, fault(309001)), undefined);
});
