import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolParser } from '../../../../../services/transport/nats/dev-bus/protocol-parser.ts';
import type { Operation } from '../../../../../services/transport/nats/dev-bus/operations.ts';

const limits = { mostLineBytes: 4096, mostPayloadBytes: 1024 * 1024 };

const conversation = Buffer.from(
  [
    'CONNECT {"verbose":false,"headers":true,"no_responders":true,"user":"u","pass":"p","name":"x"}\r\n',
    'SUB a.* 1\r\nSUB a.> workers 2\r\nPING\r\n',
    'PUB a.b 5\r\nhello\r\n',
    'PUB a.b reply.to 0\r\n\r\n',
    'HPUB a.b reply.to 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
    'UNSUB 1 10\r\nUNSUB 2\r\nPONG\r\n',
  ].join(''),
);

/** Operations with payloads as text. */
function read(parser: ProtocolParser, chunk: Buffer): object[] {
  return parser.feed(chunk).map(readable);
}

function readable(operation: Operation): object {
  return operation.op === 'publish'
    ? { ...operation, payload: operation.payload.toString('latin1') }
    : operation;
}

function readAll(...chunks: readonly (Buffer | string)[]): object[] {
  const parser = new ProtocolParser(limits);
  return chunks.flatMap((chunk) => read(parser, Buffer.from(chunk)));
}

test('a conversation is read operation by operation', () => {
  const message = { subject: 'a.b', replyTo: 'reply.to', headerBytes: 0 };

  assert.deepEqual(readAll(conversation), [
    {
      op: 'connect',
      options: {
        verbose: false,
        echo: true,
        headers: true,
        noResponders: true,
        user: 'u',
        password: 'p',
        token: '',
      },
    },
    { op: 'subscribe', pattern: 'a.*', queue: undefined, sid: '1' },
    { op: 'subscribe', pattern: 'a.>', queue: 'workers', sid: '2' },
    { op: 'ping' },
    { op: 'publish', head: { ...message, replyTo: undefined }, payload: 'hello' },
    { op: 'publish', head: message, payload: '' },
    { op: 'publish', head: { ...message, headerBytes: 12 }, payload: 'NATS/1.0\r\n\r\nhi' },
    { op: 'unsubscribe', sid: '1', max: 10 },
    { op: 'unsubscribe', sid: '2', max: undefined },
    { op: 'pong' },
  ]);
});

test('however it is cut, the conversation is the same', () => {
  const whole = readAll(conversation);
  for (let at = 0; at <= conversation.length; at += 1) {
    assert.deepEqual(readAll(conversation.subarray(0, at), conversation.subarray(at)), whole);
  }
  const bytes = Array.from(conversation, (_, at) => conversation.subarray(at, at + 1));
  assert.deepEqual(readAll(...bytes), whole);
});

test('cut short at any place it is a beginning of the same, without a fault', () => {
  const whole = readAll(conversation);
  for (let length = 0; length < conversation.length; length += 1) {
    const part = readAll(conversation.subarray(0, length));
    assert.deepEqual(part, whole.slice(0, part.length));
  }
});

test('with any byte changed nothing but operations and at most one last fault come out', () => {
  for (let at = 0; at < conversation.length; at += 1) {
    for (const flip of [0x01, 0x10, 0x20, 0x80, 0xff]) {
      const changed = Buffer.from(conversation);
      changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
      const operations = new ProtocolParser(limits).feed(changed);
      const firstFault = operations.findIndex(({ op }) => op === 'fault');
      assert.ok(firstFault === -1 || firstFault === operations.length - 1);
    }
  }
});

test('verbs may be in any case, arguments apart by blanks or tabs, lines without CR', () => {
  assert.deepEqual(readAll('sub\ta \t 1 \nPiNg\r\n'), [
    { op: 'subscribe', pattern: 'a', queue: undefined, sid: '1' },
    { op: 'ping' },
  ]);
});

test('what is no operation is a fault, and nothing is read after it', () => {
  for (const line of [
    '',
    'HELLO',
    'PUB',
    'PUB a',
    'PUB a b c 1',
    'PUB a -1',
    'PUB a 1e3',
    'PUB a 99999999999999999999',
    'HPUB a 5 4',
    'HPUB a 5',
    'SUB a',
    'SUB a b c d',
    'UNSUB',
    'UNSUB 1 x',
    'UNSUB 1 2 3',
    'CONNECT',
    'CONNECT []',
    'CONNECT {',
  ]) {
    const parser = new ProtocolParser(limits);

    const operations = read(parser, Buffer.from(`${line}\r\nPING\r\n`));

    assert.deepEqual(operations, [{ op: 'fault', text: 'Unknown Protocol Operation' }], line);
    assert.deepEqual(parser.feed(Buffer.from('PING\r\n')), []);
  }
});

test('subjects with empty tokens, or with wildcards where there must be none, are faults', () => {
  const invalid = [
    'PUB a..b 0',
    'PUB .a 0',
    'PUB a.* 0',
    'PUB > 0',
    'PUB a b.> 0',
    'SUB a. 1',
    'SUB a.>.b 1',
  ];
  for (const line of [...invalid, 'SUB a * 1']) {
    assert.deepEqual(readAll(`${line}\r\n`), [{ op: 'fault', text: 'Invalid Subject' }], line);
  }
});

test('a line over 4 KiB is a fault as soon as it is, with or without its end', () => {
  const fault = [{ op: 'fault', text: 'Maximum Control Line Exceeded' }];
  assert.deepEqual(readAll(`SUB ${'a'.repeat(4088)} 1\r\n`), [
    { op: 'subscribe', pattern: 'a'.repeat(4088), queue: undefined, sid: '1' },
  ]);

  assert.deepEqual(readAll(`SUB ${'a'.repeat(4089)} 1\r\n`), fault);
  assert.deepEqual(readAll('P'.repeat(4097)), fault);
  assert.deepEqual(readAll('P'.repeat(4096)), []);
  assert.deepEqual(readAll('P'.repeat(4096), 'P'), fault);
});

test('a payload is taken up to 1 MiB and refused above, before it arrives', () => {
  const largest = 'x'.repeat(1024 * 1024);

  assert.equal(readAll(`PUB a ${largest.length}\r\n`, largest, '\r\n').length, 1);
  assert.deepEqual(readAll(`PUB a ${largest.length + 1}\r\n`), [
    { op: 'fault', text: 'Maximum Payload Violation' },
  ]);
});

test('a payload that does not end where it says is a fault', () => {
  assert.deepEqual(readAll('PUB a 2\r\nabc\r\n'), [{ op: 'fault', text: 'Unknown Protocol Operation' }]);
});

test('a payload stays as it is when the memory it arrived in is used again', () => {
  const parser = new ProtocolParser(limits);
  const chunk = Buffer.from('PUB a 2\r\nhi\r\n');
  const operations = parser.feed(chunk);

  chunk.fill(0);

  assert.deepEqual(operations.map(readable), [
    { op: 'publish', head: { subject: 'a', replyTo: undefined, headerBytes: 0 }, payload: 'hi' },
  ]);
});
