import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseRtcp, RtpPacket } from '#janus/media';
import { ExtensionElements } from '../../../backend-janus/media/extension-elements.ts';
import { Vp8DescriptorReader } from '../../../backend-janus/media/payload/vp8-descriptor.ts';
import { beginsKeyframe } from '../../../backend-janus/media/payload/keyframe.ts';
import { isSoundSctp } from '../../../backend-janus/webrtc/sctp/packet-guard.ts';
import { parseOpen } from '../../../backend-janus/webrtc/sctp/dcep.ts';
import { RecordFilter } from '../../../backend-janus/webrtc/dtls/record-filter.ts';
import { parseStun } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { credentials } from '../../support/mux-world.ts';
import { mutated } from '../../support/hostile/malformed/byte-mutator.ts';
import { malformedRtcp, malformedRtp } from '../../support/hostile/malformed/malformed-media.ts';
import { malformedRecord } from '../../support/hostile/malformed/malformed-records.ts';
import { malformedChunks } from '../../support/hostile/malformed/malformed-sctp.ts';
import { peersStun } from '../../support/hostile/malformed/malformed-stun.ts';
import { printSctp } from '../../support/hostile/hostile-sctp.ts';
import { outcomes } from '../../support/hostile/poisoned.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const rounds = 4_000;

/** All that can be asked of a packet. */
function rtp(bytes: Buffer): unknown {
  const packet = RtpPacket.parse(bytes);
  if (packet === undefined) return undefined;
  const { marker, payloadType, sequenceNumber, timestamp, ssrc, payload, payloadStart, payloadEnd } = packet;
  const elements = new ExtensionElements();
  elements.open(bytes, payloadStart);
  const found: unknown[] = [];
  while (elements.next()) found.push([elements.id, bytes.toString('hex', elements.start, elements.end)]);
  const vp8 = new Vp8DescriptorReader();
  const isVp8 = vp8.read(bytes, payloadStart, payloadEnd);
  const { length, pictureId, tl0PicIdx, temporalLayer, beginsFrame } = vp8;
  const descriptor = isVp8 && { length, pictureId, tl0PicIdx, temporalLayer, beginsFrame };
  const keyframes = (['vp9', 'h264', 'av1'] as const).map((codec) =>
    beginsKeyframe(codec, bytes, payloadStart, payloadEnd, 0, true),
  );
  return {
    marker,
    payloadType,
    sequenceNumber,
    timestamp,
    ssrc,
    payload: [...payload],
    found,
    descriptor,
    keyframes,
  };
}

/** Every record of a datagram, with the verdict on it. */
function records(bytes: Buffer): unknown {
  const filter = new RecordFilter('server');
  const verdicts: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = RecordFilter.recordBytes(bytes, at);
    if (size === undefined) return [...verdicts, 'cut'];
    verdicts.push(filter.judge(bytes.subarray(at, at + size), false, 0));
    at += size;
  }
  return verdicts;
}

function stun(bytes: Buffer): unknown {
  const message = parseStun(bytes);
  return message && { ...message, transactionId: message.transactionId.toString('hex') };
}

/** By kind: who makes it, and all that looks into it. */
const kinds: Readonly<
  Record<string, readonly [(random: SeededRandom) => Buffer, (bytes: Buffer) => unknown]>
> = {
  RTP: [(random) => malformedRtp(random, random.uint32()), rtp],
  RTCP: [malformedRtcp, parseRtcp],
  STUN: [(random) => peersStun(random, credentials, 'theirs'), stun],
  DTLS: [(random) => malformedRecord(random, []), records],
  SCTP: [(random) => mutated(random, printSctp(7, malformedChunks(random, 9))), isSoundSctp],
  DCEP: [(random) => mutated(random, Buffer.from('0300000000000000000400016368617470', 'hex')), parseOpen],
};

for (const [kind, [make, parse]] of Object.entries(kinds))
  test(`whatever is around a buffer, ${kind} in it is read alike: nothing looks past its end`, () => {
    const random = new SeededRandom(kind.length);
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const bytes = make(random);
      const [alone, ...others] = outcomes(bytes, parse);
      for (const other of others) assert.deepEqual(other, alone, bytes.toString('hex'));
      seen.add(inspect(alone));
    }
    assert.ok(seen.size > 1, 'some are read and some are refused');
  });
