import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceiveParameters } from '#janus/media';
import { PacketFacts } from '../../../../backend-janus/media/payload/packet-facts.ts';
import { rtpPacket } from '../../../support/rtp-stream.ts';

function parameters(encodingName: string): ReceiveParameters {
  return {
    kind: 'video',
    payloadTypes: new Map([[96, { encodingName, clockRate: 90_000 }]]),
    extensions: new Map(),
  };
}

function isKeyframe(encodingName: string, payload: readonly number[]): boolean {
  const facts = new PacketFacts(parameters(encodingName));
  facts.read(rtpPacket({ payload }));
  return facts.isKeyframe;
}

/** Payloads by encoding: those that begin a keyframe, and those that do not. */
const cases: Record<string, { begins: readonly number[][]; others: readonly number[][] }> = {
  VP8: {
    begins: [
      [0x10, 0x00],
      [0x90, 0x80, 0x01, 0x10],
      [0x90, 0xf0, 0x81, 0x01, 0x07, 0x20, 0x50],
    ],
    others: [[0x10, 0x01], [0x00, 0x00], [0x11, 0x00], [0x10], [0x90, 0x80, 0x01], []],
  },
  vp9: {
    begins: [[0x08], [0x88, 0x01], [0xa8, 0x81, 0x01, 0xd0, 0x07], [0x38, 0x10], [0x28, 0x10, 0x07]],
    others: [[0x48], [0x00], [0x28, 0x02, 0x07], [0x28, 0x10], [0xa8, 0x81, 0x01], [0x28], []],
  },
  H264: {
    begins: [
      [0x67, 0x42],
      [0x65, 0x88],
      [0x78, 0x00, 0x02, 0x67, 0x42, 0x00, 0x01, 0x68],
      [0x78, 0x00, 0x01, 0x09, 0x00, 0x01, 0x65],
      [0x7c, 0x85],
    ],
    others: [
      [0x41, 0x9a],
      [0x68, 0xce],
      [0x78, 0x00, 0x01, 0x41],
      [0x78, 0xff, 0xff, 0x41],
      [0x7c, 0x05],
      [0x7c],
      [],
    ],
  },
  AV1: {
    begins: [[0x08], [0x18, 0x0a]],
    others: [[0x00], [0x88], []],
  },
};

test('the first packet of a keyframe is known in each encoding, whatever the case of its name', () => {
  for (const [name, { begins, others }] of Object.entries(cases)) {
    for (const payload of begins) assert.equal(isKeyframe(name, payload), true, `${name} ${payload.join()}`);
    for (const payload of others) assert.equal(isKeyframe(name, payload), false, `${name} ${payload.join()}`);
  }
});

test('any payload of any encoding is looked at without reading beyond it', () => {
  for (const name of Object.keys(cases)) {
    const facts = new PacketFacts(parameters(name));
    for (let first = 0; first < 256; first += 1) {
      for (let second = 0; second < 256; second += 1) {
        for (const payload of [
          [first, second],
          [first, second, 0xff],
          [first, second, 0x80, 0x01, 0xff],
        ]) {
          facts.read(rtpPacket({ payload, padding: second % 2 }));
        }
      }
    }
  }
});

test('an encoding that is not known needs no keyframe', () => {
  const facts = new PacketFacts(parameters('opus'));

  assert.equal(facts.read(rtpPacket()), true);
  assert.equal(facts.needsKeyframe, false);
  assert.equal(facts.read(rtpPacket({ payloadType: 97 })), false);
});
