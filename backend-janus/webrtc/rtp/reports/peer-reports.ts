import type { PeerBandwidth, ReportBlock, RtcpBlock } from '#janus/media';
import type { MediaSection } from '../media-section.ts';
import type { ReceiveStream } from '../receive-stream.ts';
import type { SendStream } from '../send-stream.ts';

/** The streams of one connection, as far as reports name them. */
export interface ReportedStreams {
  readonly sections: ReadonlyMap<string, MediaSection>;
  /** The stream that the peer sends under that SSRC. */
  received(ssrc: number): ReceiveStream | undefined;
  /** The peer ends a stream of its own. */
  ended(ssrc: number): void;
}

/** Acts on what the peer tells us: of what we send, and of what it sends (RFC 3550 section 6, RFC 4585). */
export class PeerReports {
  readonly #streams: ReportedStreams;
  readonly #bandwidth: PeerBandwidth;

  constructor(streams: ReportedStreams, bandwidth: PeerBandwidth) {
    this.#streams = streams;
    this.#bandwidth = bandwidth;
  }

  heed(block: RtcpBlock, now: number): void {
    switch (block.type) {
      case 'sender_report':
        this.#streams.received(block.sender)?.senderReport(block, now);
        return this.#heedReports(block.reports);
      case 'receiver_report':
        return this.#heedReports(block.reports);
      case 'nack':
        return this.#sent(block.media)?.feedback(block);
      case 'pli':
        return this.#sent(block.media)?.feedback({ type: 'keyframe' });
      case 'fir':
        for (const { ssrc } of block.requests) this.#sent(ssrc)?.feedback({ type: 'keyframe' });
        return;
      case 'remb':
        return this.#bandwidth.limit(block.bitsPerSecond, now);
      case 'transport_feedback':
        return this.#bandwidth.heed(block.feedback, now);
      case 'bye':
        for (const ssrc of block.ssrcs) this.#streams.ended(ssrc);
    }
  }

  /** Tells all who send to the peer what its way carries, if that is due. */
  tellBandwidth(now: number): void {
    const bitsPerSecond = this.#bandwidth.take(now);
    if (bitsPerSecond === undefined) return;
    for (const { send } of this.#streams.sections.values())
      send?.feedback({ type: 'bandwidth', bitsPerSecond });
  }

  #heedReports(reports: readonly ReportBlock[]): void {
    for (const report of reports) this.#sent(report.ssrc)?.reported(report);
  }

  #sent(ssrc: number): SendStream | undefined {
    for (const { send } of this.#streams.sections.values()) if (send?.parameters.ssrc === ssrc) return send;
    return undefined;
  }
}
