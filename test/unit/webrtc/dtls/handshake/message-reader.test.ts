import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageReader } from '../../../../../backend-janus/webrtc/dtls/handshake/message-reader.ts';
import { messageBytes } from '../../../../../backend-janus/webrtc/dtls/handshake/message.ts';
import { SeededRandom } from '../../../../support/seeded-random.ts';

const body = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
const message = messageBytes(11, 0, body);

/** A part of the body of `whole`, with the header of a fragment. */
function fragment(whole: Buffer, start: number, end: number): Buffer {
  const head = Buffer.from(whole.subarray(0, 12));
  head.writeUIntBE(start, 6, 3);
  head.writeUIntBE(end - start, 9, 3);
  return Buffer.concat([head, whole.subarray(12 + start, 12 + end)]);
}

function readAll(reader: MessageReader): Buffer[] {
  const read: Buffer[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) read.push(next.bytes);
  return read;
}

test('messages come out in order, whatever order their fragments come in, however they overlap', () => {
  const messages = Array.from({ length: 5 }, (_, index) =>
    messageBytes(11 + index, index, body.subarray(index)),
  );
  const random = new SeededRandom(3);
  for (let round = 0; round < 50; round += 1) {
    const pieces = messages.flatMap((whole) => {
      const length = whole.length - 12;
      const cut = random.uint32() % length;
      return [fragment(whole, 0, cut), fragment(whole, cut >> 1, length), fragment(whole, cut, length)];
    });
    const reader = new MessageReader();
    const read: Buffer[] = [];
    while (pieces.length > 0) {
      const [piece] = pieces.splice(random.uint32() % pieces.length, 1);
      reader.take(piece ?? Buffer.alloc(0), false);
      read.push(...readAll(reader));
    }

    assert.deepEqual(read, messages);
  }
});

test('a datagram may be used again: what is kept is copied', () => {
  const reader = new MessageReader();
  const datagram = Buffer.from(message);

  reader.take(datagram, false);
  datagram.fill(0);

  assert.deepEqual(readAll(reader), [message]);
});

test('what was taken is repeated, once it comes again', () => {
  const reader = new MessageReader();
  reader.take(message, false);
  readAll(reader);

  assert.equal(reader.take(message, false), 'repeated');
  assert.equal(reader.take(messageBytes(12, 1, body), false), 'taken');
});

test('a message counts as protected only if every fragment was', () => {
  for (const [first, second] of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const reader = new MessageReader();
    reader.take(fragment(message, 0, 40), first);
    reader.take(fragment(message, 40, 100), second);

    assert.equal(reader.next()?.isProtected, first && second);
  }
});

test('a fragment that disagrees with the first one changes nothing', () => {
  const reader = new MessageReader();
  reader.take(fragment(message, 0, 40), false);
  const other = messageBytes(11, 0, Buffer.alloc(99, 0xff));

  assert.equal(reader.take(fragment(other, 0, 99), false), 'malformed');
  reader.take(fragment(messageBytes(11, 0, Buffer.alloc(100, 0xff)), 20, 100), false);

  assert.deepEqual(reader.next()?.body.subarray(0, 40), body.subarray(0, 40));
});

test('a message without a body is complete at once', () => {
  const reader = new MessageReader();
  reader.take(messageBytes(14, 0, Buffer.alloc(0)), false);

  assert.equal(reader.next()?.body.length, 0);
});

test('what is kept is bounded: eight messages ahead, and 32 KiB', () => {
  const ahead = new MessageReader();
  assert.equal(ahead.take(messageBytes(11, 7, body), false), 'taken');
  assert.equal(ahead.take(messageBytes(11, 8, body), false), 'malformed');

  const large = new MessageReader();
  const claims = [0, 1, 2].map((sequence) => {
    const head = messageBytes(11, sequence, Buffer.alloc(0));
    head.writeUIntBE(16_000, 1, 3);
    return large.take(head, false);
  });
  assert.deepEqual(claims, ['taken', 'taken', 'malformed']);
});

test('what is cut short at whatever byte, or reaches past its message, is malformed', () => {
  for (let length = 1; length < message.length; length += 1)
    assert.equal(new MessageReader().take(message.subarray(0, length), false), 'malformed');
  const past = fragment(message, 50, 100);
  past.writeUIntBE(51, 6, 3);

  assert.equal(new MessageReader().take(past, false), 'malformed');
});
