import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { JanusError } from '#janus/client';
import { ConnectionLost } from '#services/kernel';
import { toMediaError } from '../../../backend-janus/adapter/errors.ts';

const echotest = 'janus.plugin.echotest';

test('what Janus refuses has a name where a client can do something about it', () => {
  const names = [458, 459, 465, 469, 471, 472].map((number) => toMediaError(new JanusError(number, '')).code);

  assert.deepEqual(names, [
    'janus_session_down',
    'janus_session_down',
    'invalid_sdp',
    'invalid_sdp',
    'invalid_state',
    'no_mediaserver',
  ]);
});

test('anything else that Janus refuses keeps its number and its words', () => {
  const error = toMediaError(new JanusError(403, 'Unauthorized request'));

  assert.equal(error.number, 301001);
  assert.equal(error.message, 'Janus error 403: Unauthorized request');
});

test('a number of a plugin is not read as one of Janus', () => {
  const codes = [
    new JanusError(465, 'no', 'janus.plugin.streaming'),
    new JanusError(413, 'no', echotest),
    new JanusError(414, 'no', echotest),
  ].map((refused) => toMediaError(refused).code);

  assert.deepEqual(codes, ['janus_error', 'invalid_parameters', 'invalid_sdp']);
});

test('what Janus said of a description is kept as a hint', () => {
  const error = toMediaError(new JanusError(465, 'Error processing SDP: no fingerprint'));

  assert.equal(error.hint, 'data.offer.sdp: Error processing SDP: no fingerprint');
});

test('the hint names the field in which the description came', () => {
  const error = toMediaError(new JanusError(469, 'Unexpected ANSWER'), 'data.answer.sdp');

  assert.equal(error.hint, 'data.answer.sdp: Unexpected ANSWER');
});

test('a lost connection is a dead engine, and the cause is kept', () => {
  const lost = new ConnectionLost('reset');

  const error = toMediaError(lost);

  assert.equal(error.code, 'engine_died');
  assert.equal(error.cause, lost);
});

test('a MediaError stays what it is, and a bug becomes session_failed', () => {
  const busy = new MediaError('busy');

  assert.equal(toMediaError(busy), busy);
  assert.equal(toMediaError(new TypeError('x is undefined')).code, 'session_failed');
});

test('an engine without the plugin cannot carry the session', () => {
  const error = toMediaError(new JanusError(460, "No such plugin 'janus.plugin.nosip'"));

  assert.equal(error.code, 'not_implemented');
  assert.equal(error.hint, "No such plugin 'janus.plugin.nosip'");
});
