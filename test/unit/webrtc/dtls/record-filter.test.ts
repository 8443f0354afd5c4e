import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordFilter } from '../../../../backend-janus/webrtc/dtls/record-filter.ts';

const clientHello = 1;
const serverHello = 2;
const finished = 20;

/** A DTLS 1.2 record. */
function record(type: number, epoch: number, content: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(0xfefd, 1);
  head.writeUInt16BE(epoch, 3);
  head.writeUInt16BE(content.length, 11);
  return Buffer.concat([head, content]);
}

/** One fragment of a handshake message; by default all of it. */
function handshake(
  type: number,
  body: Buffer,
  { sequence = 0, length = body.length, offset = 0 } = {},
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(type, 0);
  head.writeUIntBE(length, 1, 3);
  head.writeUInt16BE(sequence, 4);
  head.writeUIntBE(offset, 6, 3);
  head.writeUIntBE(body.length, 9, 3);
  return Buffer.concat([head, body]);
}

const hello = record(22, 0, handshake(clientHello, Buffer.alloc(40)));

test('what a client says in a handshake reaches a server, and what a server says does not', () => {
  const filter = new RecordFilter('server');

  assert.equal(filter.judge(hello, false, 0), 'pass');
  assert.equal(filter.judge(record(22, 0, handshake(finished, Buffer.alloc(12))), false, 0), 'pass');
  assert.equal(filter.judge(record(20, 0, Buffer.from([1])), false, 0), 'pass');
  assert.equal(filter.judge(record(22, 0, handshake(serverHello, Buffer.alloc(40))), false, 0), 'unexpected');
});

test('a client hears a server alone', () => {
  const filter = new RecordFilter('client');

  assert.equal(filter.judge(record(22, 0, handshake(serverHello, Buffer.alloc(40))), false, 0), 'pass');
  assert.equal(filter.judge(hello, false, 0), 'unexpected');
});

test('once connected, nothing in clear gets through', () => {
  const filter = new RecordFilter('server');

  assert.equal(filter.judge(hello, true, 0), 'unexpected');
  assert.equal(filter.judge(record(20, 0, Buffer.from([1])), true, 0), 'unexpected');
  assert.equal(filter.judge(record(21, 0, Buffer.from([1, 0])), true, 0), 'unexpected');
  assert.equal(filter.judge(record(23, 0, Buffer.alloc(40)), true, 0), 'unexpected');
  assert.equal(filter.judge(record(23, 1, Buffer.alloc(40)), true, 0), 'pass');
  assert.equal(filter.judge(record(22, 1, Buffer.alloc(40)), true, 0), 'pass');
});

test('an alert in clear is dropped at any time, a protected one is handed out', () => {
  const filter = new RecordFilter('server');

  assert.equal(filter.judge(record(21, 0, Buffer.from([2, 40])), false, 0), 'unexpected');
  assert.equal(filter.judge(record(21, 1, Buffer.alloc(26)), true, 0), 'alert');
});

test('application data before the handshake is over is dropped', () => {
  assert.equal(new RecordFilter('server').judge(record(23, 1, Buffer.alloc(40)), false, 0), 'unexpected');
});

test('more than five hellos within a second are too many', () => {
  const filter = new RecordFilter('server');
  const verdicts = Array.from({ length: 7 }, (_, index) => filter.judge(hello, false, index * 10));

  assert.deepEqual(verdicts.slice(4), ['pass', 'too_many', 'too_many']);
  assert.equal(filter.judge(hello, false, 1000), 'pass');
});

test('a message that claims more than 16 KiB, or more than it has, is malformed', () => {
  const filter = new RecordFilter('server');
  const claims = handshake(11, Buffer.alloc(100), { length: 16 * 1024 + 1 });
  const beyond = handshake(11, Buffer.alloc(100), { length: 150, offset: 51 });
  const short = handshake(11, Buffer.alloc(100)).subarray(0, 60);

  for (const content of [claims, beyond, short, Buffer.alloc(0)])
    assert.equal(filter.judge(record(22, 0, content), false, 0), 'malformed');
});

test('more than 64 fragments of one message are too many', () => {
  const filter = new RecordFilter('server');
  const fragment = (offset: number): Buffer =>
    record(22, 0, handshake(11, Buffer.alloc(1), { sequence: 3, length: 1000, offset }));
  const verdicts = Array.from({ length: 66 }, (_, index) => filter.judge(fragment(index), false, 0));

  assert.deepEqual(verdicts.slice(63), ['pass', 'too_many', 'too_many']);
});

test('other record types and versions are malformed', () => {
  const filter = new RecordFilter('server');
  const tls = Buffer.from(hello);
  tls.writeUInt16BE(0x0303, 1);

  assert.equal(filter.judge(tls, false, 0), 'malformed');
  assert.equal(filter.judge(record(24, 0, Buffer.alloc(8)), false, 0), 'malformed');
});

test('a record that is cut short has no length, at whatever byte it is cut', () => {
  for (let bytes = 0; bytes < hello.length; bytes += 1)
    assert.equal(RecordFilter.recordBytes(hello.subarray(0, bytes), 0), undefined);

  assert.equal(RecordFilter.recordBytes(hello, 0), hello.length);
});

test('no changed byte makes the filter read past a record', () => {
  for (let at = 0; at < hello.length; at += 1) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const changed = Buffer.from(hello);
      changed.writeUInt8(value, at);
      const filter = new RecordFilter('server');
      if (RecordFilter.recordBytes(changed, 0) === changed.length)
        assert.match(filter.judge(changed, false, 0), /^(pass|alert|malformed|unexpected|too_many)$/);
    }
  }
});
