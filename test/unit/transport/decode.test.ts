import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../../services/transport/decode.ts';

const envelope = '{"class":"media","tid":"a\\"[{","data":{"list":[1,{"ü":null}],"text":"]}\\\\"}}';

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function hintOf(content: Uint8Array): string | undefined {
  const decoded = decode(content);
  if (decoded.isJson || decoded.reply.result !== 'error') return undefined;
  assert.equal(decoded.reply.data.code, 100044);
  assert.equal(decoded.reply.data.error, 'Syntax error: request');
  return decoded.reply.data.hint;
}

test('brackets in strings, escaped quotes and other letters do not count as nesting', () => {
  assert.deepEqual(decode(bytes(envelope)), {
    isJson: true,
    body: { class: 'media', tid: 'a"[{', data: { list: [1, { ü: null }], text: ']}\\' } },
  });
  assert.equal(hintOf(bytes(JSON.stringify('['.repeat(100)))), undefined);
  assert.equal(hintOf(bytes(JSON.stringify(['\\'.repeat(7), '{'.repeat(100)]))), undefined);
});

test('siblings do not add up to depth', () => {
  assert.equal(hintOf(bytes(JSON.stringify(Array.from({ length: 1000 }, () => [[]])))), undefined);
});

test('the depth that is taken is 16, of objects and arrays alike', () => {
  assert.equal(hintOf(bytes('[{"a":'.repeat(8) + '1' + '}]'.repeat(8))), undefined);
  assert.equal(hintOf(bytes('[{"a":'.repeat(8) + '[]' + '}]'.repeat(8))), 'request is nested deeper than 16');
});

test('a request cut short at any place is no JSON, and none is taken for deep', () => {
  const whole = bytes(envelope);
  for (let length = 0; length < whole.length; length += 1) {
    assert.equal(hintOf(whole.subarray(0, length)), 'request is not JSON', `cut after ${length}`);
  }
});

test('with any byte changed the result is JSON or a coded refusal', () => {
  const whole = bytes(envelope);
  for (let at = 0; at < whole.length; at += 1) {
    for (const flip of [0x01, 0x20, 0x80, 0xff]) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
      const decoded = decode(changed);
      if (!decoded.isJson) assert.equal(decoded.reply.result, 'error');
    }
  }
});

test('the largest request is 1 MiB', () => {
  const largest = Buffer.alloc(1024 * 1024, ' ');
  largest[0] = 0x31;

  assert.deepEqual(decode(largest), { isJson: true, body: 1 });
  assert.equal(hintOf(Buffer.concat([largest, bytes(' ')])), 'request is larger than 1 MiB');
});

test('no spelling of __proto__ gets in, at any depth', () => {
  for (const name of ['__proto__', '\\u005f_proto__', '__p\\u0072oto__', '\\u005F\\u005Fproto__']) {
    const decoded = decode(bytes(`{"a":{"${name}":{"polluted":1},"b":2}}`));

    assert.equal(JSON.stringify(decoded), '{"isJson":true,"body":{"a":{"b":2}}}');
  }
});

test('a byte order mark before the JSON is tolerated', () => {
  assert.deepEqual(decode(bytes('\ufeff{"a":1}')), { isJson: true, body: { a: 1 } });
});

test('of two members of one name the last counts', () => {
  assert.deepEqual(decode(bytes('{"a":1,"a":2}')), { isJson: true, body: { a: 2 } });
});
