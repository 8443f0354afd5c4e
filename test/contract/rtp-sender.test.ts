import { writeNack, writePli, writeRemb, type RtpFeedback } from '#janus/media';
import { unreachable } from '#services/kernel';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeRtpSender } from '../support/fake-rtp-sender.ts';
import { RawMediaPeer } from '../support/raw-media-peer.ts';
import { rtpSenderContract, type RtpSenderUnderTest } from './rtp-sender.ts';

rtpSenderContract('FakeRtpSender', () => {
  const sender = new FakeRtpSender({ ssrc: 5, payloadTypes: new Map(), extensions: new Map() });
  return Promise.resolve({
    sender,
    received: () => Promise.resolve(sender.take().map(({ bytes }) => bytes)),
    report: (feedback) => sender.report(feedback),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

rtpSenderContract('SendStream of a MediaTransport', () => Promise.resolve(behindSrtp()));

function behindSrtp(): RtpSenderUnderTest {
  const peer = new RawMediaPeer(new FakeClock(), [{ kind: 'video', direction: 'sendonly', codecs: ['VP8'] }]);
  const sender = peer.media.sender('0');
  return {
    sender,
    received: () => Promise.resolve(peer.take().rtp),
    report: (feedback) => peer.rtcp(reportOf(feedback, sender.parameters.ssrc)),
    [Symbol.asyncDispose]() {
      peer.media[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** What a peer sends to say so. */
function reportOf(feedback: RtpFeedback, media: number): Buffer {
  const out = Buffer.alloc(64);
  switch (feedback.type) {
    case 'nack':
      return out.subarray(0, writeNack(out, 0, 1, media, feedback.sequenceNumbers));
    case 'keyframe':
      return out.subarray(0, writePli(out, 0, 1, media));
    case 'bandwidth':
      return out.subarray(0, writeRemb(out, 0, 1, feedback.bitsPerSecond, [media]));
    default:
      return unreachable(feedback);
  }
}
