import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStun } from '../../../../backend-janus/webrtc/ice/stun-message.ts';
import { hasIntegrity, printStun } from '../../../../backend-janus/webrtc/ice/stun-printer.ts';
import { printCheck } from '../../../support/checking-peer.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** RFC 5769 sections 2.1 to 2.3, their password, and their transaction id. */
const key = createSecretKey(Buffer.from('VOkJxbRl1RmTxUk/WvJxBt'));
const transactionId = hex('b7e7a701bc34d686fa87dfae');
const request = hex(
  '00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff' +
    '80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249' +
    'c1b571a2 80280004 e57a3bcf',
);
const responseIpv4 = hex(
  '0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643' +
    '00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96',
);
const responseIpv6 = hex(
  '01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa' +
    'a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c',
);

const server = { ufrag: 'ours', password: 'a password of enough length' };

test('a request is read as RFC 5769 prints it', () => {
  const message = parseStun(request);

  assert.equal(message?.class, 'request');
  assert.equal(message.method, 1);
  assert.deepEqual(message.transactionId, transactionId);
  assert.equal(message.username, 'evtj:h6vY');
  assert.equal(message.priority, 0x6e0001ff);
  assert.equal(message.controlled, 0x932ff9b151263b36n);
  assert.equal(message.controlling, undefined);
  assert.equal(message.useCandidate, false);
  assert.deepEqual(message.unknownRequired, []);
  assert.equal(hasIntegrity(message, request, key), true);
});

test('responses are read as RFC 5769 prints them', () => {
  const ipv4 = parseStun(responseIpv4);
  const ipv6 = parseStun(responseIpv6);

  assert.deepEqual(ipv4?.mappedAddress, { address: '192.0.2.1', port: 32853 });
  assert.deepEqual(ipv6?.mappedAddress, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 });
  assert.equal(hasIntegrity(ipv4, responseIpv4, key), true);
  assert.equal(hasIntegrity(ipv6, responseIpv6, key), true);
});

test('what is printed is read again', () => {
  const address = fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) });
  fc.assert(
    fc.property(
      address,
      fc.nat(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (mappedAddress, priority, tie) => {
        const fields = { username: 'a:b', priority, useCandidate: true, controlling: tie, mappedAddress };
        const bytes = printStun({ class: 'success', transactionId, ...fields }, key);
        const message = parseStun(bytes);

        assert.ok(message);
        assert.equal(hasIntegrity(message, bytes, key), true);
        assert.equal(message.priority, priority);
        assert.equal(message.controlling, tie);
        assert.equal(message.useCandidate, true);
        assert.equal(message.mappedAddress?.port, mappedAddress.port);
        assert.equal(canonical(message.mappedAddress.address), canonical(mappedAddress.address));
      },
    ),
  );
});

test('an error response carries its code and the types that were not understood', () => {
  const bytes = printStun(
    { class: 'error', transactionId, errorCode: 487, unknownAttributes: [0x7001, 2] },
    key,
  );

  assert.equal(parseStun(bytes)?.class, 'error');
  assert.equal(parseStun(bytes)?.errorCode, 487);
});

test('a message cut anywhere is refused', () => {
  for (const whole of [request, responseIpv4, responseIpv6, printCheck(server, 'theirs')]) {
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(parseStun(whole.subarray(0, length)), undefined, `at ${length} bytes`);
    }
    assert.equal(parseStun(Buffer.concat([whole, Buffer.alloc(4)])), undefined);
  }
});

test('a message with any protected byte changed is refused or not authentic', () => {
  const integrityEnd = request.length - 8;

  for (let at = 0; at < integrityEnd; at += 1) {
    for (let change = 1; change < 256; change += 1) {
      const changed = Buffer.from(request);
      changed.writeUInt8(changed.readUInt8(at) ^ change, at);
      const message = parseStun(changed);
      assert.equal(message !== undefined && hasIntegrity(message, changed, key), false, `byte ${at}`);
    }
  }
});

test('any bytes are read or refused, never thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (body) => {
      const bytes = Buffer.concat([Buffer.from(request.subarray(0, 20)), body]);
      bytes.writeUInt16BE(body.length, 2);
      parseStun(bytes);
      parseStun(Buffer.from(body));
    }),
  );
});

test('what follows MESSAGE-INTEGRITY counts for nothing', () => {
  const check = printCheck(server, 'theirs').subarray(0, -8);
  const bytes = Buffer.concat([check, hex('0025 0000')]);
  bytes.writeUInt16BE(bytes.length - 20, 2);
  const message = parseStun(bytes);

  assert.equal(message?.useCandidate, false);
  assert.equal(hasIntegrity(message, bytes, createSecretKey(Buffer.from(server.password))), true);
});

test('attributes that must be understood and are not are listed once', () => {
  const bytes = plain('7001 0000 7001 0001 aa000000 c057 0000 0003 0000');

  assert.deepEqual(parseStun(bytes)?.unknownRequired, [0x7001, 0x0003]);
});

test('a known attribute of the wrong size makes the message malformed', () => {
  const wrong = ['0024 0000', '0025 0001 aa000000', '8029 0004 00000000', '802a 0000', '0008 0004 00000000'];

  for (const attribute of [...wrong, '0020 0004 00010000', '0020 0008 00030000 00000000', '0009 0000']) {
    assert.equal(parseStun(plain(attribute)), undefined, attribute);
  }
});

test('more attributes than anyone sends make the message malformed', () => {
  assert.ok(parseStun(plain('c0570000'.repeat(32))));
  assert.equal(parseStun(plain('c0570000'.repeat(33))), undefined);
});

test('FINGERPRINT is right and last, if it is there', () => {
  const check = printCheck(server, 'theirs');
  const spoilt = Buffer.from(check);
  spoilt.writeUInt8(spoilt.readUInt8(spoilt.length - 1) ^ 1, spoilt.length - 1);
  const early = Buffer.concat([check, hex('c0570000')]);
  early.writeUInt16BE(early.length - 20, 2);

  assert.ok(parseStun(check));
  assert.equal(parseStun(spoilt), undefined);
  assert.equal(parseStun(early), undefined);
});

test('IPv6 addresses are told in every spelling and read in one, without their zone', () => {
  const spellings = {
    '0:0:0:0:0:0:0:1': '::1',
    'FE80::1%eth0': 'fe80::1',
    '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '::ffff:192.0.2.1': '::ffff:192.0.2.1',
  };

  for (const [address, one] of Object.entries(spellings)) {
    const bytes = printStun({ class: 'success', transactionId, mappedAddress: { address, port: 1 } }, key);
    assert.equal(parseStun(bytes)?.mappedAddress?.address, one);
  }
});

/** A request with these attributes and nothing else. */
function plain(attributes: string): Buffer {
  const bytes = Buffer.concat([request.subarray(0, 20), hex(attributes)]);
  bytes.writeUInt16BE(bytes.length - 20, 2);
  return bytes;
}

function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname : address;
}
