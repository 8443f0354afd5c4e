import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, encodeReply, refusal } from '../../../services/transport/replies.ts';

test('a refusal has number, sentence and name, and a hint where there is one', () => {
  assert.deepEqual(refusal('busy'), {
    result: 'error',
    data: { code: 100080, error: 'Busy', name: 'busy' },
  });
  assert.deepEqual(refusal('syntax_error', 'cmd', 'say it'), {
    result: 'error',
    data: { code: 100044, error: 'Syntax error: cmd', name: 'syntax_error', hint: 'say it' },
  });
});

test('the tid of a request is echoed if it is text or a number of sensible size', () => {
  const tid = (body: unknown): unknown => answering(body, refusal('busy')).tid;

  assert.equal(tid({ tid: 'a' }), 'a');
  assert.equal(tid({ tid: 0 }), 0);
  for (const body of [null, 7, {}, { tid: {} }, { tid: null }, { tid: 'x'.repeat(257) }]) {
    assert.equal(tid(body), undefined);
  }
});

test('empty data is left out, an empty list and the data of errors are not', () => {
  assert.equal(encodeReply({ result: 'ok', tid: 1, data: {} }), '{"result":"ok","tid":1}');
  assert.equal(encodeReply({ result: 'ok', data: [] }), '{"result":"ok","data":[]}');
  assert.match(encodeReply(refusal('busy')), /"data":\{"code":100080/);
});
