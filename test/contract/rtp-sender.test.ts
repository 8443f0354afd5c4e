import { FakeRtpSender } from '../support/fake-rtp-sender.ts';
import { rtpSenderContract } from './rtp-sender.ts';

rtpSenderContract('FakeRtpSender', () => {
  const sender = new FakeRtpSender({ ssrc: 5, payloadTypes: new Map(), extensions: new Map() });
  return Promise.resolve({
    sender,
    received: () => Promise.resolve(sender.take().map(({ bytes }) => bytes)),
    report: (feedback) => sender.report(feedback),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
