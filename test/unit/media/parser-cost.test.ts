import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRtcp, RtpPacket } from '#janus/media';
import { isSoundSctp } from '../../../backend-janus/webrtc/sctp/packet-guard.ts';
import { RecordFilter } from '../../../backend-janus/webrtc/dtls/record-filter.ts';
import { parseStun } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { dataChunk, printChunk, printSctp } from '../../support/hostile/hostile-sctp.ts';
import { printRecord, recordType } from '../../support/hostile/hostile-dtls.ts';
import { readsOf } from '../../support/hostile/steps.ts';

const small = 8;

/** Four times as much may take so many times as many reads, and a few more. */
const mostTimes = 6;
const mostMore = 40;

function repeated(count: number, part: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => part));
}

function rtpOf(count: number): Buffer {
  const head = Buffer.from([0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, count]);
  return Buffer.concat([head, repeated(count, Buffer.from([0x12, 1, 2, 3])), Buffer.alloc(8)]);
}

function nackOf(count: number): Buffer {
  const head = Buffer.from([0x81, 205, 0, 2 + count, 0, 0, 0, 1, 0, 0, 0, 2]);
  return Buffer.concat([head, repeated(count, Buffer.from([0, 1, 0xff, 0xff]))]);
}

function stunOf(count: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(1, 0);
  head.writeUInt16BE(8 * count, 2);
  head.writeUInt32BE(0x2112a442, 4);
  return Buffer.concat([head, repeated(count, Buffer.from([0xc0, 0x57, 0, 4, 1, 2, 3, 4]))]);
}

function recordsOf(count: number): Buffer {
  return repeated(count, printRecord(recordType.handshake, 1, 1, Buffer.alloc(20)));
}

function readRecords(bytes: Buffer): void {
  const filter = new RecordFilter('server');
  for (let at = 0; at < bytes.length;) {
    const size = RecordFilter.recordBytes(bytes, at);
    if (size === undefined) return;
    filter.judge(bytes.subarray(at, at + size), false, 0);
    at += size;
  }
}

/** By what grows: a packet with so many of it, and its reader. */
const kinds: Readonly<Record<string, readonly [(count: number) => Buffer, (bytes: Buffer) => unknown]>> = {
  'header extension elements of RTP': [rtpOf, (bytes) => RtpPacket.parse(bytes)?.extension(9)],
  'blocks of RTCP': [(count) => repeated(count, Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1])), parseRtcp],
  'entries of a NACK': [nackOf, parseRtcp],
  'attributes of STUN': [stunOf, parseStun],
  'records of DTLS': [recordsOf, readRecords],
  'chunks of SCTP': [
    (count) => printSctp(1, repeated(count, dataChunk(1, 1, 51, Buffer.from('x')))),
    isSoundSctp,
  ],
  'parameters of a chunk of SCTP': [
    (count) => printSctp(1, printChunk(4, 0, repeated(count, Buffer.from([0, 1, 0, 4])))),
    isSoundSctp,
  ],
};

for (const [what, [make, parse]] of Object.entries(kinds))
  test(`four times as many ${what} cost no more than six times as many reads`, () => {
    const [less, more] = [small, 4 * small].map((count) => readsOf(make(count), parse));

    assert.ok(less !== undefined && more !== undefined && less > 0);
    assert.ok(more <= mostTimes * less + mostMore, `${less} and ${more} reads`);
  });
