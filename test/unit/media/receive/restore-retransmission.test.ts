import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreRetransmission } from '#janus/media';
import { rtpPacket } from '../../../support/rtp-stream.ts';

test('a retransmission becomes the packet that it repeats, payload in place', () => {
  const rtx = rtpPacket({
    payloadType: 97,
    ssrc: 2,
    sequenceNumber: 1,
    timestamp: 900,
    marker: true,
    extensions: { 3: [9, 9] },
    payload: [0x12, 0x34, 5, 6, 7],
    padding: 4,
  });
  const { bytes } = rtx;

  const packet = restoreRetransmission(rtx, 96, 1);

  const original = rtpPacket({
    sequenceNumber: 0x1234,
    timestamp: 900,
    marker: true,
    extensions: { 3: [9, 9] },
    payload: [5, 6, 7],
    padding: 4,
  });
  assert.deepEqual(packet?.bytes, original.bytes);
  assert.equal(packet.bytes.buffer, bytes.buffer);
  assert.deepEqual([...packet.payload], [5, 6, 7]);
});

test('a probe without media is no packet', () => {
  assert.equal(restoreRetransmission(rtpPacket({ payload: [], padding: 200 }), 96, 1), undefined);
  assert.equal(restoreRetransmission(rtpPacket({ payload: [1] }), 96, 1), undefined);
});
