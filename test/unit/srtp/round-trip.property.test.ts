import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { srtpContexts } from '#janus/srtp';
import { rtcpPacket, rtpPacket, protectRtp, srtpKeys } from '../../support/srtp-packets.ts';

const profiles = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const;

/** Any packet: CSRCs, an extension of any size, a payload of any size. */
const shapes = fc.record({
  ssrc: fc.constantFrom(1, 0x7fffffff, 0x80000000, 0xffffffff),
  csrcs: fc.nat(15),
  extensionWords: fc.option(fc.nat(30), { nil: undefined }),
  payload: fc.uint8Array({ maxLength: 1_200 }),
});

/** Steps between numbers that are sent: mostly one, now and then a loss, and jumps of almost half a turn. */
const steps = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 0x7f00 })),
  {
    minLength: 20,
    maxLength: 120,
  },
);

/** By how much a packet may be late: less than the window of 128. */
const delays = fc.array(fc.nat(100), { minLength: 120, maxLength: 120 });

/** The places of `indices` in the order of arrival; the first one sent arrives first, as it tells where a turn begins. */
function arrivals(indices: readonly number[], late: readonly number[]): readonly number[] {
  const arrival = (at: number): number => (indices[at] ?? 0) + (at === 0 ? 0 : (late[at] ?? 0));
  return [...indices.keys()].toSorted((a, b) => arrival(a) - arrival(b));
}

for (const profile of profiles) {
  test(`${profile}: any packet comes back as it was, in any order within the window, over any number of wraps`, () => {
    fc.assert(
      fc.property(shapes, fc.nat(0xffff), steps, delays, (shape, first, gaps, late) => {
        const outbound = srtpContexts.outbound(srtpKeys(profile));
        const inbound = srtpContexts.inbound(srtpKeys(profile));
        let number = first;
        const indices = [number, ...gaps.map((gap) => (number += gap))];
        const packets = indices.map((index) => rtpPacket({ ...shape, sequenceNumber: index & 0xffff }));
        const sealed = packets.map((packet) => protectRtp(outbound, packet));

        for (const at of arrivals(indices, late)) {
          const bytes = Buffer.from(sealed[at] ?? []);
          const length = inbound.unprotectRtp(bytes);
          assert.ok(length > 0, `${indices[at] ?? 0} is refused`);
          assert.deepEqual(bytes.subarray(0, length), packets[at]);
          assert.ok(inbound.unprotectRtp(Buffer.from(sealed[at] ?? [])) < 0, 'a replay');
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test(`${profile}: any RTCP packet comes back as it was, in any order within the window`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 100 }),
        delays,
        (bodies, late) => {
          const outbound = srtpContexts.outbound(srtpKeys(profile));
          const inbound = srtpContexts.inbound(srtpKeys(profile));
          const packets = bodies.map((body) => rtcpPacket(body));
          const sealed = packets.map((packet) => {
            const out = Buffer.alloc(packet.length + outbound.overhead);
            return out.subarray(0, outbound.protectRtcp(packet, out));
          });

          for (const at of arrivals([...packets.keys()], late)) {
            const bytes = Buffer.from(sealed[at] ?? []);
            const length = inbound.unprotectRtcp(bytes);
            assert.deepEqual(bytes.subarray(0, length), packets[at]);
            assert.ok(inbound.unprotectRtcp(Buffer.from(sealed[at] ?? [])) < 0, 'a replay');
          }
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
}
