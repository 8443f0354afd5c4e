import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtpPacket as WeriftRtpPacket, SrtcpSession, SrtpSession } from 'werift';
import type { SrtpProfile } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { protectRtp, rtcpPacket, rtpPacket, srtpKeys } from '../../support/srtp-packets.ts';

/** By the numbers of DTLS-SRTP (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
const profiles = [
  ['AEAD_AES_128_GCM', 7],
  ['AES_CM_128_HMAC_SHA1_80', 1],
] as const;

/** Across a wrap, in the order in which packets are sent. */
const sequenceNumbers = [0xfffe, 0xffff, 0, 1];

function theirs(profile: SrtpProfile, number: 1 | 7): { rtp: SrtpSession; rtcp: SrtcpSession } {
  const ours = srtpKeys(profile, 1);
  const own = srtpKeys(profile, 2);
  const keys = {
    localMasterKey: own.masterKey,
    localMasterSalt: own.masterSalt,
    remoteMasterKey: ours.masterKey,
    remoteMasterSalt: ours.masterSalt,
  };
  return {
    rtp: new SrtpSession({ keys, profile: number }),
    rtcp: new SrtcpSession({ keys, profile: number }),
  };
}

for (const [profile, number] of profiles) {
  test(`an independent implementation reads what we protect with ${profile}`, () => {
    const peer = theirs(profile, number);
    const outbound = srtpContexts.outbound(srtpKeys(profile, 1));

    for (const sequenceNumber of sequenceNumbers) {
      const packet = rtpPacket({
        sequenceNumber,
        extensionWords: 2,
        payload: Buffer.alloc(1100, sequenceNumber),
      });
      assert.deepEqual(peer.rtp.decrypt(protectRtp(outbound, packet)), packet);
    }
    for (let count = 0; count < 3; count += 1) {
      const packet = rtcpPacket(Buffer.from('four words of it'));
      const out = Buffer.alloc(100);
      assert.deepEqual(peer.rtcp.decrypt(out.subarray(0, outbound.protectRtcp(packet, out))), packet);
    }
  });

  test(`we read what an independent implementation protects with ${profile}`, () => {
    const peer = theirs(profile, number);
    const inbound = srtpContexts.inbound(srtpKeys(profile, 2));

    for (const sequenceNumber of sequenceNumbers) {
      const packet = rtpPacket({ sequenceNumber, payload: Buffer.alloc(1100, sequenceNumber) });
      const { header, payload } = WeriftRtpPacket.deSerialize(packet);
      const sealed = peer.rtp.encrypt(payload, header);

      assert.deepEqual(sealed.subarray(0, inbound.unprotectRtp(sealed)), packet);
    }
    for (let count = 0; count < 3; count += 1) {
      const packet = rtcpPacket(Buffer.from('four words of it'));
      const sealed = peer.rtcp.encrypt(packet);

      assert.deepEqual(sealed.subarray(0, inbound.unprotectRtcp(sealed)), packet);
    }
  });
}
