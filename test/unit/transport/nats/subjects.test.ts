import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventEnvelope } from '#services/broker';
import { completeBySubject, eventSubject } from '../../../../services/transport/nats/subjects.ts';

const event: EventEnvelope = {
  class: 'media',
  subclass: 'session',
  type: 'answer',
  obj_id: 'abcd1234-0',
  seq: 1,
  time: 0,
  node: 'abcd1234',
  body: {},
};

function refusalOf(tail: string, body: unknown): unknown {
  const completed = completeBySubject(tail, body);
  return 'result' in completed && completed.result === 'error' ? completed.data.error : undefined;
}

test('a subject states class, subclass and cmd of a media command', () => {
  const body = { tid: 1, data: { type: 'echo' } };

  assert.deepEqual(completeBySubject('session.create', body), {
    body: { ...body, class: 'media', subclass: 'session', cmd: 'create' },
  });
});

test('and of a core command, whose subclass may be left out', () => {
  assert.deepEqual(completeBySubject('core.event.subscribe', {}), {
    body: { class: 'core', subclass: 'event', cmd: 'subscribe' },
  });
  assert.deepEqual(completeBySubject('core.ping', {}), { body: { class: 'core', cmd: 'ping' } });
  assert.deepEqual(completeBySubject('core.ping', { subclass: 'core' }), {
    body: { class: 'core', subclass: 'core', cmd: 'ping' },
  });
});

test('a body that agrees is taken, one that does not is refused by the name of the field', () => {
  const whole = { class: 'media', subclass: 'session', cmd: 'create' };

  assert.deepEqual(completeBySubject('session.create', whole), { body: whole });
  assert.equal(refusalOf('session.create', { ...whole, class: 'core' }), 'Syntax error: class');
  assert.equal(refusalOf('session.create', { ...whole, subclass: 'room' }), 'Syntax error: subclass');
  assert.equal(refusalOf('session.create', { ...whole, cmd: 'destroy' }), 'Syntax error: cmd');
  assert.equal(refusalOf('session.create', { cmd: null }), 'Syntax error: cmd');
  assert.deepEqual(completeBySubject('session.create', { tid: 9, cmd: 'destroy' }), {
    result: 'error',
    tid: 9,
    data: {
      code: 100044,
      error: 'Syntax error: cmd',
      name: 'syntax_error',
      hint: 'request.cmd must be "create", as its subject says',
    },
  });
});

test('subjects of another form are unknown commands', () => {
  for (const tail of ['session', 'a.b.c', 'core.a.b.c', 'session.create.now', '']) {
    assert.match(String(refusalOf(tail, {})), /^Unknown command/, tail);
  }
});

test('what is no object is left to the broker', () => {
  for (const body of [null, 5, 'create', [{}]]) {
    assert.deepEqual(completeBySubject('session.create', body), { body });
  }
});

test('an event has a subject of its own', () => {
  assert.equal(eventSubject('media', event), 'media.event.session.abcd1234-0.answer');
});

test('no object id can reach the subject of another', () => {
  const subject = (obj_id: string): string | undefined => eventSubject('media', { ...event, obj_id });

  assert.equal(subject('alice@example.org'), 'media.event.session.alice%40example%2Eorg.answer');
  assert.equal(subject('a.b *>\r\n'), 'media.event.session.a%2Eb%20%2A%3E%0D%0A.answer');
  assert.equal(subject('ü%'), 'media.event.session.%C3%BC%25.answer');
  assert.equal(subject(''), undefined);
  assert.equal(subject('.'.repeat(100)), undefined);
});
