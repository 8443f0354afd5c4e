import type { TransportAddress } from '#services/kernel';
import type { SrtpKeys } from '../../srtp.ts';
import type { CodecDescription, Direction, MediaDescription, SessionDescription } from '../description.ts';

/** A description of plain RTP (RFC 4566, RFC 3551), such as SIP carries. */
export interface PlainDescription extends SessionDescription {
  readonly plain: readonly PlainMedia[];
}

/** What an m-line says beyond what WebRTC needs of it. */
export interface PlainMedia {
  readonly media: MediaDescription;
  /** Undefined if there is no address to send to: the m-line is rejected, or on hold as `c=0.0.0.0` says it. */
  readonly remote: TransportAddress | undefined;
  readonly remoteRtcp: TransportAddress | undefined;
  /** RTP over UDP with a profile that we speak. */
  readonly isUsable: boolean;
  /** RTP/SAVP or RTP/SAVPF: without keys there is no media. */
  readonly isSecure: boolean;
  /** Those that we can use, in the order of the peer's preference. */
  readonly cryptos: readonly Crypto[];
  /** As the peer sees it, `c=0.0.0.0` taken into account (RFC 3264 section 8.4). */
  readonly direction: Direction;
}

/** One `a=crypto` (RFC 4568 section 9.1). Its keys never reach a log. */
export interface Crypto {
  readonly tag: number;
  readonly keys: SrtpKeys;
}

/** One m-line of ours, as it is written. */
export interface PlainLine {
  readonly mediaType: string;
  readonly protocol: string;
  /** 0 rejects it. */
  readonly port: number;
  /** What a rejected m-line repeats, since it may not be empty. */
  readonly offeredFormat: string;
  readonly mid: string | undefined;
  readonly direction: Direction;
  readonly codecs: readonly CodecDescription[];
  readonly cryptos: readonly Crypto[];
  readonly isRtcpMux: boolean;
}
