import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RtpFeedback, RtpSender } from '#janus/media';
import { rtpPacket } from '../support/rtp-stream.ts';

/** One sender, with what the peer at its other end sees and says. */
export interface RtpSenderUnderTest extends AsyncDisposable {
  readonly sender: RtpSender;
  /** The packets that the peer got so far, as they were before protection. */
  received(): Promise<readonly Buffer[]>;
  /** The peer reports something. */
  report(feedback: RtpFeedback): void;
}

/** The rules of the RtpSender port, for every implementation; `open` makes one whose peer is connected. */
export function rtpSenderContract(name: string, open: () => Promise<RtpSenderUnderTest>): void {
  describe(name, () => {
    sends(open);
    copies(open);
    listens(open);
    tellsBandwidth(open);
  });
}

const media = rtpPacket({ payload: [1, 2, 3, 4] });

function head(sender: RtpSender, sequenceNumber: number): Buffer {
  const bytes = Buffer.alloc(64, 0xee);
  media.bytes.copy(bytes, 0, 0, 12);
  bytes.writeUInt16BE(sequenceNumber, 2);
  bytes.writeUInt32BE(sender.parameters.ssrc, 8);
  return bytes;
}

function sends(open: () => Promise<RtpSenderUnderTest>): void {
  test('a packet goes out as its head and what follows the skipped bytes', async () => {
    await using peer = await open();
    const written = head(peer.sender, 7);

    peer.sender.send(written, 12, media.bytes, 14);

    const [packet, ...others] = await peer.received();
    assert.deepEqual(packet, Buffer.concat([written.subarray(0, 12), Buffer.from([3, 4])]));
    assert.equal(others.length, 0);
  });
}

function copies(open: () => Promise<RtpSenderUnderTest>): void {
  test("a head is its writer's again once send returns, and the packet is left alone", async () => {
    await using peer = await open();
    const written = head(peer.sender, 7);
    const before = Buffer.from(media.bytes);

    peer.sender.send(written, 12, media.bytes, 12);
    written.writeUInt16BE(8, 2);
    peer.sender.send(written, 12, media.bytes, 12);

    const packets = await peer.received();
    assert.deepEqual(
      packets.map((packet) => packet.readUInt16BE(2)),
      [7, 8],
    );
    assert.deepEqual(media.bytes, before);
  });
}

function listens(open: () => Promise<RtpSenderUnderTest>): void {
  test('each listener hears what the peer says until it is disposed', async () => {
    await using peer = await open();
    const heard: string[] = [];
    const listener = (feedback: RtpFeedback): void => void heard.push(feedback.type);
    const first = peer.sender.onFeedback(listener);
    const second = peer.sender.onFeedback(listener);

    peer.report({ type: 'keyframe' });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    peer.report({ type: 'nack', sequenceNumbers: [1] });
    second[Symbol.dispose]();
    peer.report({ type: 'keyframe' });

    assert.deepEqual(heard, ['keyframe', 'keyframe', 'nack']);
  });
}

function tellsBandwidth(open: () => Promise<RtpSenderUnderTest>): void {
  test('what the way carries is told as the peer said it', async () => {
    await using peer = await open();
    const heard: RtpFeedback[] = [];
    const listening = peer.sender.onFeedback((feedback) => void heard.push(feedback));

    peer.report({ type: 'bandwidth', bitsPerSecond: 1_000_000 });
    listening[Symbol.dispose]();

    assert.deepEqual(heard, [{ type: 'bandwidth', bitsPerSecond: 1_000_000 }]);
  });
}
