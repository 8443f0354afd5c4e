import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestMarks } from '../../../services/transport/request-marks.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function read(headers: Readonly<Record<string, string>>): object {
  return requestMarks((name) => headers[name]);
}

test('request id and trace are read from their headers', () => {
  assert.deepEqual(read({ 'Bifrons-Request-Id': 'a', traceparent }), { requestId: 'a', traceparent });
  assert.deepEqual(read({ traceparent: `${traceparent}-later-versions-say-more` }), {
    traceparent: `${traceparent}-later-versions-say-more`,
  });
});

test('empty ones and traces of another form are as good as absent', () => {
  assert.deepEqual(read({}), {});
  assert.deepEqual(read({ 'Bifrons-Request-Id': '', traceparent: traceparent.toUpperCase() }), {});
});
