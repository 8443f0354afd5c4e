import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  extensionUri,
  PacketFacts,
  RtpPacket,
  writeTransportSequence,
  type SendParameters,
} from '#janus/media';
import { HeadWriter } from '../../../../backend-janus/media/forward/head-writer.ts';
import { rtpPacket } from '../../../support/rtp-stream.ts';

const facts = new PacketFacts({
  kind: 'audio',
  payloadTypes: new Map([[96, { encodingName: 'opus', clockRate: 48_000 }]]),
  extensions: new Map([
    [extensionUri.audioLevel, 1],
    [extensionUri.videoOrientation, 2],
    [extensionUri.playoutDelay, 3],
    [extensionUri.mid, 4],
    [extensionUri.absoluteSendTime, 5],
    [extensionUri.colorSpace, 7],
    [extensionUri.contentType, 8],
    [extensionUri.absoluteCaptureTime, 9],
  ]),
});
const captureTime = Array.from({ length: 16 }, (_, index) => 0x90 + index);
const incoming = rtpPacket({
  extensions: {
    ...{ 1: [0x11], 2: [0x22], 3: [0x33, 0x34, 0x35], 4: [0x44], 5: [0x55, 0x55, 0x55], 6: [0x66] },
    ...{ 7: [1, 2, 3, 4], 8: [0x88], 9: captureTime },
  },
});

function head(parameters: Partial<SendParameters>, packet = incoming): Buffer {
  const writer = new HeadWriter({ ssrc: 1, payloadTypes: new Map(), extensions: new Map(), ...parameters });
  facts.read(packet);
  writer.begin(packet, facts, 65_500);
  writer.number(100, 0x12345, 0x1_0000_0002, 9);
  return writer.buffer.subarray(0, writer.bytes);
}

function parsed(bytes: Buffer): RtpPacket {
  const packet = RtpPacket.parse(bytes);
  assert.ok(packet !== undefined);
  return packet;
}

function all(first: number): ReadonlyMap<string, number> {
  return new Map(Object.values(extensionUri).map((uri, index) => [uri, first + index]));
}

test('numbers are written in their width', () => {
  const packet = parsed(head({}));

  assert.deepEqual(
    [packet.payloadType, packet.sequenceNumber, packet.timestamp, packet.ssrc],
    [100, 0x2345, 2, 9],
  );
});

test('without a negotiated extension there is none', () => {
  assert.equal(head({}).length, 12);
});

test("extensions have the subscriber's ids, its own mid and the time of sending", () => {
  for (const first of [1, 20]) {
    const extensions = all(first);
    const packet = parsed(head({ mid: 'mine', extensions }));
    const value = (uri: string): string | undefined =>
      packet.extension(extensions.get(uri) ?? 0)?.toString('hex');

    assert.equal(value(extensionUri.audioLevel), '11');
    assert.equal(value(extensionUri.videoOrientation), '22');
    assert.equal(value(extensionUri.playoutDelay), '333435');
    assert.equal(value(extensionUri.colorSpace), '01020304');
    assert.equal(value(extensionUri.contentType), '88');
    assert.equal(value(extensionUri.absoluteCaptureTime), Buffer.from(captureTime).toString('hex'));
    assert.equal(value(extensionUri.mid), Buffer.from('mine').toString('hex'));
    // 65.5 s are 1.5 s beyond 64 s: 1.5 * 2^18.
    assert.equal(value(extensionUri.absoluteSendTime), '060000');
    assert.equal(value(extensionUri.rid), undefined);
    assert.equal(value(extensionUri.transportWide), '0000');
  }
});

test('a mid of more than sixteen characters is written with two-byte headers', () => {
  const mid = 'm'.repeat(40);
  const bytes = head({ mid, extensions: new Map([[extensionUri.mid, 3]]) });

  assert.equal(bytes.readUInt16BE(12), 0x1000);
  assert.equal(parsed(bytes).extension(3)?.toString(), mid);
});

test('an id that no header can carry is not used', () => {
  assert.equal(head({ mid: 'a', extensions: new Map([[extensionUri.mid, 4096]]) }).length, 12);
});

test('extensions that the packet lacks, or whose size is wrong, are left out', () => {
  const packet = rtpPacket({ extensions: { 1: [1, 2], 3: [3, 4] } });

  assert.equal(head({ extensions: new Map([[extensionUri.audioLevel, 3]]) }, packet).length, 12);
});

test('the transport-wide number is written where there is room for it', () => {
  for (const id of [5, 33]) {
    const extensions = new Map([
      [extensionUri.mid, 1],
      [extensionUri.transportWide, id],
    ]);
    const bytes = head({ mid: 'a', extensions });

    assert.equal(writeTransportSequence(bytes, id, 0x1abcd), true);
    assert.equal(parsed(bytes).extension(id)?.readUInt16BE(), 0xabcd);
    assert.equal(parsed(bytes).extension(1)?.toString(), 'a');
    assert.equal(writeTransportSequence(bytes, id + 1, 1), false);
  }
  assert.equal(writeTransportSequence(head({}), 5, 1), false);
});

test('the largest head fits', () => {
  const writer = new HeadWriter({
    mid: 'm'.repeat(255),
    ssrc: 1,
    payloadTypes: new Map(),
    extensions: all(20),
  });
  facts.read(incoming);

  writer.begin(incoming, facts, 0);
  writer.appendOriginal(1);

  assert.ok(writer.bytes + 6 <= writer.buffer.length);
});

test('a packet without extensions after one with them has the elements that are always there', () => {
  const extensions = new Map([
    [extensionUri.mid, 4],
    [extensionUri.audioLevel, 1],
  ]);
  const writer = new HeadWriter({ ssrc: 1, mid: 'a', payloadTypes: new Map(), extensions });
  const lengths = [incoming, rtpPacket(), incoming].map((packet) => {
    facts.read(packet);
    writer.begin(packet, facts, 0);
    const written = parsed(Buffer.from(writer.buffer.subarray(0, writer.bytes)));
    return [written.payloadStart, written.extension(1)?.length, written.extension(4)?.toString()];
  });

  assert.deepEqual(lengths, [
    [20, 1, 'a'],
    [20, undefined, 'a'],
    [20, 1, 'a'],
  ]);
});

test('the time of sending wraps after 64 seconds', () => {
  const extensions = new Map([[extensionUri.absoluteSendTime, 2]]);
  const writer = new HeadWriter({ ssrc: 1, payloadTypes: new Map(), extensions });
  const times = [0, 63_999, 64_000, 1_000_064_500].map((now) => {
    facts.read(rtpPacket());
    writer.begin(rtpPacket(), facts, now);
    return parsed(writer.buffer.subarray(0, writer.bytes)).extension(2)?.readUIntBE(0, 3);
  });

  assert.deepEqual(times, [0, 0xfffef9, 0, Math.floor((500 * 2 ** 18) / 1000)]);
});
