/**
 * What can be counted of one stream, whatever carries it. Of what we send, losses and jitter are as the peer last
 * reported them.
 */
export interface StreamCounters {
  readonly kind: 'audio' | 'video';
  readonly direction: 'in' | 'out';
  readonly ssrc: number;
  /** Encoding name of the media that was agreed; out, of what the two sides prefer. */
  readonly codec: string;
  readonly packets: number;
  /** Of payload, in both directions. */
  readonly bytes: number;
  /** Of payload, in the last full second; of plain RTP, between our last two reports. */
  readonly bitsPerSecond: number;
  readonly packetsLost: number;
  readonly jitterMs: number | undefined;
  readonly roundTripMs: number | undefined;
}
