import type { SenderReport } from '../rtp-sink.ts';
import type { TransportFeedback } from './transport-feedback.ts';

/** One packet of a compound RTCP packet, as far as a forwarder acts on it; `sender` is who reports. */
export type RtcpBlock =
  | SenderReportBlock
  | { readonly type: 'receiver_report'; readonly sender: number; readonly reports: readonly ReportBlock[] }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[] }
  | {
      readonly type: 'nack';
      readonly sender: number;
      readonly media: number;
      readonly sequenceNumbers: readonly number[];
    }
  | {
      readonly type: 'transport_feedback';
      readonly sender: number;
      readonly media: number;
      readonly feedback: TransportFeedback;
    }
  | { readonly type: 'pli'; readonly sender: number; readonly media: number }
  | { readonly type: 'fir'; readonly sender: number; readonly requests: readonly FullIntraRequest[] }
  | {
      readonly type: 'remb';
      readonly sender: number;
      readonly bitsPerSecond: number;
      readonly ssrcs: readonly number[];
    };

/** A sender report (RFC 3550 section 6.4.1). */
export interface SenderReportBlock {
  readonly type: 'sender_report';
  readonly sender: number;
  /** Undefined if the sender has no clock. */
  readonly report: SenderReport | undefined;
  /** The middle 32 bits of its NTP timestamp: the `lastReport` of a report block that answers it. */
  readonly ntpMiddle: number;
  readonly packets: number;
  readonly octets: number;
  readonly reports: readonly ReportBlock[];
}

/** What a receiver says of one stream (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Since the report before, in 1/256. */
  readonly fractionLost: number;
  /** 24 bits with sign: duplicates count against losses. */
  readonly cumulativeLost: number;
  /** 32 bits: the count of wraps, then the sequence number. */
  readonly highestSequence: number;
  /** In units of the stream's clock rate. */
  readonly jitter: number;
  /** The middle of the NTP timestamp of the last sender report, 0 if there was none. */
  readonly lastReport: number;
  /** From that report's arrival to this one, in 1/65,536 s. */
  readonly delaySinceLastReport: number;
}

/** One entry of a full intra request; a repeated number repeats the request (RFC 5104 section 4.3.1). */
export interface FullIntraRequest {
  readonly ssrc: number;
  readonly number: number;
}

/** RTCP packet types (RFC 3550 section 12.1, RFC 4585 section 6.1). */
export const packetType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** Feedback formats by packet type: RFC 4585 section 6, RFC 5104 section 4.3, draft-holmer-rmcat-transport-wide-cc. */
export const feedbackFormat = { nack: 1, transportWide: 15, pli: 1, fir: 4, application: 15 } as const;

/** The first word of the application-layer feedback that REMB is (draft-alvestrand-rmcat-remb): `REMB`. */
export const rembIdentifier = 0x52454d42;

/** Bytes of a report block. */
export const reportBlockBytes = 24;
