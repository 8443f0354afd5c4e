import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  leanClientHello,
  leanServerHello,
} from '../../../../../backend-janus/webrtc/dtls/handshake/lean-hello.ts';
import { PeerRefused } from '../../../../../backend-janus/webrtc/dtls/handshake/message.ts';

const random = Buffer.concat([Buffer.from([0xfe, 0xfd]), Buffer.alloc(32, 7)]);

function sized(lengthBytes: 1 | 2, data: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(data.length, 0, lengthBytes);
  return Buffer.concat([length, data]);
}

function extension(type: number, data: Buffer): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(type);
  return Buffer.concat([number, sized(2, data)]);
}

function clientHello(extensions: readonly Buffer[], suites = Buffer.from([0xc0, 0x2b])): Buffer {
  const none = Buffer.from([0]);
  return Buffer.concat([
    random,
    none,
    sized(1, Buffer.from('cookie')),
    sized(2, suites),
    sized(1, none),
    sized(2, Buffer.concat(extensions)),
  ]);
}

function serverHello(extensions: readonly Buffer[]): Buffer {
  return Buffer.concat([
    random,
    sized(1, Buffer.alloc(32)),
    Buffer.from([0xc0, 0x2b, 0]),
    sized(2, Buffer.concat(extensions)),
  ]);
}

const groups = extension(10, Buffer.from([0, 2, 0, 29]));
const srtp = extension(14, Buffer.from([0, 2, 0, 7, 0]));
const keyShare = extension(51, Buffer.alloc(1200));
const grease = extension(0x1a1a, Buffer.from([0]));

test('what is not read is left out, and everything else stays as it was', () => {
  assert.deepEqual(
    leanClientHello(clientHello([grease, groups, keyShare, srtp])),
    clientHello([groups, srtp]),
  );
  assert.deepEqual(leanServerHello(serverHello([keyShare, srtp])), serverHello([srtp]));
});

test('a hello that would keep a parser busy is refused', () => {
  const bombs = [
    clientHello(Array.from({ length: 65 }, (_, type) => extension(1000 + type, Buffer.alloc(0)))),
    clientHello(Array.from({ length: 2 }, () => groups)),
    clientHello([extension(13, Buffer.alloc(131))]),
    clientHello([groups], Buffer.alloc(258)),
  ];
  for (const bomb of bombs) assert.throws(() => leanClientHello(bomb), PeerRefused);
  assert.throws(() => leanServerHello(serverHello([srtp, srtp])), PeerRefused);
});

test('a hello that is cut short at whatever byte, or has more after its end, is refused', () => {
  for (const [lean, hello] of [
    [leanClientHello, clientHello([groups, srtp])],
    [leanServerHello, serverHello([srtp])],
  ] as const) {
    for (let length = 0; length < hello.length; length += 1)
      assert.throws(() => lean(hello.subarray(0, length)), PeerRefused);
    assert.throws(() => lean(Buffer.concat([hello, Buffer.alloc(1)])), PeerRefused);
  }
});
