import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceivedStream, type RtpPacket, type SenderReport } from '#janus/media';
import { rtpPacket, vp8Payload } from '../../../support/rtp-stream.ts';

function start(): { stream: ReceivedStream; numbers: number[]; reports: SenderReport[] } {
  const numbers: number[] = [];
  const reports: SenderReport[] = [];
  const sink = {
    write: (packet: RtpPacket): void => void numbers.push(packet.sequenceNumber),
    senderReport: (report: SenderReport): void => void reports.push(report),
  };
  const parameters = {
    kind: 'video' as const,
    payloadTypes: new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]),
    extensions: new Map<string, number>(),
  };
  const options = { ssrc: 1, parameters, repairs: true, rtxPayloadTypes: new Map([[97, 96]]) };
  return { stream: new ReceivedStream(options, sink), numbers, reports };
}

function media(sequenceNumber: number, isKeyframe = false): RtpPacket {
  return rtpPacket({ sequenceNumber, payload: vp8Payload(1, 1, isKeyframe) });
}

function retransmission(original: number): RtpPacket {
  return rtpPacket({ payloadType: 97, ssrc: 2, payload: [original >> 8, original & 0xff, 0x10, 1] });
}

test('a loss is asked for, and its retransmission passes once', () => {
  const { stream, numbers } = start();
  stream.receive(media(1), 0);
  stream.receive(media(3), 0);
  assert.deepEqual(stream.due(12), [2]);

  stream.receiveRetransmission(retransmission(2), 50);
  stream.receiveRetransmission(retransmission(2), 51);

  assert.deepEqual(numbers, [1, 3, 2]);
  assert.equal(stream.deadline, undefined);
  assert.equal(stream.statistics.lost, 0);
});

test('losses before a keyframe are not asked for', () => {
  const { stream } = start();
  stream.receive(media(1), 0);

  stream.receive(media(3, true), 0);

  assert.equal(stream.deadline, undefined);
});

test('duplicates and unknown payload types do not pass', () => {
  const { stream, numbers } = start();
  stream.receive(media(1), 0);
  stream.receive(media(1), 0);
  stream.receive(rtpPacket({ payloadType: 98, sequenceNumber: 2 }), 0);
  stream.receiveRetransmission(rtpPacket({ payloadType: 99, payload: [0, 5, 1] }), 0);

  assert.deepEqual(numbers, [1]);
});

test('a sender report goes to the sink and into the next report block', () => {
  const { stream, reports } = start();
  const report = { rtpTimestamp: 5, wallTimeMs: 6 };
  stream.receive(media(1), 0);
  stream.senderReport(
    { type: 'sender_report', sender: 1, report, ntpMiddle: 77, packets: 1, octets: 1, reports: [] },
    0,
  );

  assert.deepEqual(reports, [report]);
  assert.equal(stream.report(0)?.lastReport, 77);
});
