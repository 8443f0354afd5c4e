import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, EventEnvelope } from '#services/broker';
import {
  faultOf,
  parseIncoming,
  type Fault,
  type MediaEvent,
} from '../../../../services/console/browser/wire.ts';

const event = {
  class: 'media',
  subclass: 'session',
  type: 'status',
  obj_id: 'node0001-a',
  seq: 2,
  time: 1000,
  node: 'node0001',
  body: { class: 'webrtc', status: 'up' },
} as const;

const messages = {
  ok: { result: 'ok', tid: 7, data: { session_id: 'a' } },
  empty: { result: 'ok', tid: 't' },
  error: {
    result: 'error',
    tid: 7,
    data: { code: 300001, error: 'No mediaserver available', name: 'no_mediaserver' },
  },
  ack: { ack: 7 },
  event: { class: 'core', cmd: 'event', tid: 3, data: event },
  ping: { class: 'core', cmd: 'ping', tid: 4, data: { time: 60 } },
};

test('each kind of message is told apart', () => {
  const read = (message: object): unknown => parseIncoming(JSON.stringify(message));

  assert.deepEqual(read(messages.ok), { type: 'ok', tid: 7, data: { session_id: 'a' } });
  assert.deepEqual(read(messages.empty), { type: 'ok', tid: 't', data: {} });
  assert.deepEqual(read(messages.error), {
    type: 'error',
    tid: 7,
    fault: { code: 300001, name: 'no_mediaserver', text: 'No mediaserver available' },
  });
  assert.deepEqual(read(messages.ack), { type: 'ack', tid: 7 });
  assert.deepEqual(read(messages.event), { type: 'event', tid: 3, event });
  assert.deepEqual(read(messages.ping), { type: 'request', tid: 4, cmd: 'ping' });
});

test('an event without body, as candidate_end, has an empty one', () => {
  const { body, ...bare } = event;
  const read = parseIncoming(JSON.stringify({ ...messages.event, data: bare }));

  assert.deepEqual(read?.type === 'event' && read.event, { ...event, body: {} });
  assert.notDeepEqual(body, {});
});

test('the hint of an error and the reason of an end are kept', () => {
  const hint = 'data.offer.sdp is required';

  assert.equal(faultOf({ code: 100045, error: 'Missing field', name: 'missing_field', hint }).hint, hint);
  assert.deepEqual(faultOf({ code: 100060, reason: 'Session timeout' }), {
    code: 100060,
    name: 'error',
    text: 'Session timeout',
  });
  assert.equal(faultOf({}).text, 'The broker gave no reason');
});

test('what is no message is undefined', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '"ok"',
    '{}',
    '{"result":"ok"}',
    '{"result":"maybe","tid":1}',
    '{"cmd":"event"}',
  ])
    assert.equal(parseIncoming(text), undefined, text);
});

test('messages truncated at any length or with any byte changed never throw', () => {
  for (const message of Object.values(messages)) {
    const text = JSON.stringify(message);
    for (let length = 0; length < text.length; length += 1)
      assert.equal(parseIncoming(text.slice(0, length)), undefined);
    for (let at = 0; at < text.length; at += 1)
      for (const byte of ['"', '}', '[', '\\', '0', '\u0000'])
        parseIncoming(text.slice(0, at) + byte + text.slice(at + 1));
  }
});

test('the shapes that pages know are those of the broker', () => {
  const body: ErrorBody = { code: 1, error: 'text', name: 'busy', hint: 'wait' };
  const envelope: EventEnvelope = event;
  const fault: Fault = { code: body.code, name: body.name, text: body.error, hint: body.hint ?? '' };
  const { body: inner, ...rest } = envelope;
  const known: MediaEvent = { ...rest, body: { ...inner } };

  assert.deepEqual(faultOf({ ...body }), fault);
  assert.deepEqual(known, event);
});
