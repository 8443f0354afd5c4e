import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { refusal } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { deriveSessionKeys } from '../../../backend-janus/srtp/key-derivation.ts';
import { rtcpPacket, srtpKeys } from '../../support/srtp-packets.ts';

test('RTCP that is authentic but in clear is refused and left as it is', () => {
  const keys = srtpKeys('AES_CM_128_HMAC_SHA1_80');
  const clear = Buffer.concat([rtcpPacket(), Buffer.from([0, 0, 0, 7])]);
  const tag = createHmac('sha1', deriveSessionKeys(keys).rtcp.authentication).update(clear).digest();
  const packet = Buffer.concat([clear, tag.subarray(0, 10)]);
  const before = Buffer.from(packet);

  assert.equal(srtpContexts.inbound(keys).unprotectRtcp(packet), refusal.unauthentic);
  assert.deepEqual(packet, before);
});
