import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseOpen,
  readMessage,
  writeMessage,
  writeOpen,
} from '../../../../backend-janus/webrtc/sctp/dcep.ts';

function open(label: string, { type = 0, reliability = 0 } = {}): Buffer {
  const bytes = Buffer.from(label);
  const head = Buffer.alloc(12);
  head.writeUInt8(3, 0);
  head.writeUInt8(type, 1);
  head.writeUInt32BE(reliability, 4);
  head.writeUInt16BE(bytes.length, 8);
  return Buffer.concat([head, bytes]);
}

test('an open message tells label, order, how often and how long to try', () => {
  assert.deepEqual(parseOpen(open('chat')), {
    label: 'chat',
    reliability: { isOrdered: true, mostRetransmissions: undefined, lifetimeMs: undefined },
  });
  assert.deepEqual(parseOpen(open('é', { type: 0x81, reliability: 3 })), {
    label: 'é',
    reliability: { isOrdered: false, mostRetransmissions: 3, lifetimeMs: undefined },
  });
  assert.deepEqual(parseOpen(open('late', { type: 2, reliability: 200 })), {
    label: 'late',
    reliability: { isOrdered: true, mostRetransmissions: undefined, lifetimeMs: 200 },
  });
});

test('an open message of ours says what it was made of', () => {
  for (const reliability of [
    { isOrdered: true, mostRetransmissions: undefined, lifetimeMs: undefined },
    { isOrdered: false, mostRetransmissions: 0, lifetimeMs: undefined },
    { isOrdered: true, mostRetransmissions: undefined, lifetimeMs: 200 },
  ])
    assert.deepEqual(parseOpen(writeOpen({ label: 'é', reliability })), { label: 'é', reliability });
});

test('an open message cut at any length, or one byte too long, is none', () => {
  const whole = open('chat');
  for (let bytes = 0; bytes < whole.length; bytes += 1)
    assert.equal(parseOpen(whole.subarray(0, bytes)), undefined);

  assert.equal(parseOpen(Buffer.concat([whole, Buffer.alloc(1)])), undefined);
  assert.equal(parseOpen(Buffer.from([2])), undefined);
});

test('messages come back as they were, empty ones too', () => {
  for (const payload of ['hello', '', Buffer.from([1, 2]), Buffer.alloc(0)]) {
    const { protocol, bytes } = writeMessage(payload);
    assert.ok(bytes.length > 0);
    assert.deepEqual(readMessage(protocol, bytes), payload);
  }
  assert.equal(readMessage(50, Buffer.from([3])), undefined);
});
