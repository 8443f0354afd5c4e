import assert from 'node:assert/strict';
import test from 'node:test';
import { PacketFacts, RtpPacket } from '#janus/media';
import { audio, fastVideo, sentAt, StreamWriter, type StreamShape } from '../../bench/load/stream.ts';

const payloadTypes = new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]);

function packets(writer: StreamWriter, count: number, now = 0): RtpPacket[] {
  return Array.from({ length: count }, () => {
    writer.next(now);
    const packet = RtpPacket.parse(Buffer.concat([writer.head, writer.payload]));
    assert.ok(packet !== undefined);
    return packet;
  });
}

function written(shape: StreamShape): StreamWriter {
  return new StreamWriter(shape, 96, 0xcafe);
}

test('video begins with a keyframe, and has another one when it is wanted', () => {
  const facts = new PacketFacts({ kind: 'video', payloadTypes, extensions: new Map() });
  const writer = written(fastVideo);
  const keyframes: number[] = [];

  for (let at = 0; at < 100; at += 1) {
    if (at === 40) writer.wantKeyframe();
    const [packet] = packets(writer, 1);
    if (packet !== undefined && facts.read(packet) && facts.isKeyframe) keyframes.push(at);
  }

  assert.deepEqual(keyframes, [0, 66]);
  assert.equal(writer.keyframes, 2);
});

test('packets have their size, follow each other, and end a frame with the marker', () => {
  const all = packets(written(fastVideo), 70);

  assert.deepEqual([...new Set(all.map(({ bytes }) => bytes.length))], [1100]);
  assert.deepEqual(
    all.map(({ sequenceNumber }) => sequenceNumber),
    all.map((_, at) => at + 1),
  );
  assert.deepEqual(
    all.flatMap(({ marker }, at) => (marker ? [at] : [])),
    [32, 65],
  );
  assert.equal(new Set(all.slice(0, 66).map(({ timestamp }) => timestamp)).size, 2);
});

test('a packet tells when it was sent', () => {
  const [packet] = packets(written(audio), 1, 1234.5);

  assert.equal(packet && sentAt(packet.bytes, packet.bytes.length), 1234.5);
});
