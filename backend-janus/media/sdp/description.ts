/** Who may send on an m-line, as its describer sees it (RFC 3264 section 5.1). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The DTLS role that a describer offers or takes (RFC 8842 section 5.2). */
export type Setup = 'actpass' | 'active' | 'passive' | 'holdconn';

/** A session description (RFC 8866) as far as WebRTC needs it; what it does not know is left out. */
export interface SessionDescription {
  readonly origin: Origin;
  /** The mids of the first BUNDLE group in its order (RFC 8843); undefined if there is no group. */
  readonly bundle: readonly string[] | undefined;
  readonly isIceLite: boolean;
  readonly iceOptions: readonly string[];
  /** One-byte and two-byte header extensions may be mixed (RFC 8285 section 6). */
  readonly isExtmapAllowMixed: boolean;
  /** In the order of the m-lines; at least one. Attributes of the session level are inherited. */
  readonly media: readonly MediaDescription[];
}

/** Names one version of one description (RFC 8866 section 5.2); numbers of up to 64 bits, as digits. */
export interface Origin {
  readonly sessionId: string;
  readonly version: string;
}

/** One m-line with its attributes. */
export interface MediaDescription {
  readonly index: number;
  readonly kind: 'audio' | 'video' | 'data' | 'other';
  /** The first word of the m-line, such as `application`. */
  readonly mediaType: string;
  readonly port: number;
  /** Port 0 without `a=bundle-only` (RFC 8843 section 6). */
  readonly isRejected: boolean;
  /** As in the m-line, such as `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** The rest of the m-line: payload types, `webrtc-datachannel` or an SCTP port. */
  readonly formats: readonly string[];
  /** 1–16 characters; made up where the m-line has none (RFC 8829 section 5.10), see `hasMid`. */
  readonly mid: string;
  readonly hasMid: boolean;
  readonly direction: Direction;
  readonly iceUfrag: string | undefined;
  readonly icePwd: string | undefined;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup | undefined;
  /** In the order of the m-line, RTX included. */
  readonly codecs: readonly CodecDescription[];
  /** The payload type of the retransmissions by that of the codec (RFC 4588 section 8.1, `apt`). */
  readonly rtxPayloadTypes: ReadonlyMap<number, number>;
  /** At most 32. */
  readonly extensions: readonly HeaderExtension[];
  readonly ssrcs: readonly SsrcDescription[];
  readonly ssrcGroups: readonly SsrcGroup[];
  readonly rids: readonly RidDescription[];
  readonly simulcast: SimulcastDescription | undefined;
  /** As written, from `candidate:` on; at most 64. */
  readonly candidates: readonly string[];
  readonly hasEndOfCandidates: boolean;
  readonly isRtcpMux: boolean;
  readonly msid: string | undefined;
  /** Present on a data channel m-line whose protocol we know. */
  readonly sctp: SctpDescription | undefined;
}

/** A certificate's hash (RFC 8122): the algorithm in lower case, the value in upper-case pairs with colons. */
export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** One format of an m-line. */
export interface CodecDescription {
  readonly payloadType: number;
  /** As written; encoding names are compared without regard to case (RFC 4855 section 3). */
  readonly name: string;
  readonly clockRate: number;
  /** 1 unless given. */
  readonly channels: number;
  /** The text of `a=fmtp`, empty if there is none. */
  readonly parameters: string;
  /** Such as `nack pli`; those given for `*` included (RFC 4585 section 4.2). */
  readonly feedback: readonly string[];
}

/** One `a=extmap` (RFC 8285 section 5). */
export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
  /** `sendrecv` unless given. */
  readonly direction: Direction;
}

/** What `a=ssrc` lines say of one source (RFC 5576). */
export interface SsrcDescription {
  readonly ssrc: number;
  readonly cname: string | undefined;
  readonly msid: string | undefined;
}

/** One `a=ssrc-group`: `FID` pairs a source with its retransmissions, `SIM` lists layers from low to high. */
export interface SsrcGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** One `a=rid` (RFC 8851). */
export interface RidDescription {
  readonly id: string;
  readonly direction: 'send' | 'recv';
}

/** `a=simulcast` (RFC 8853), the first alternative of each stream alone. */
export interface SimulcastDescription {
  readonly send: readonly SimulcastLayer[];
  readonly recv: readonly SimulcastLayer[];
}

/** One simulcast stream; `~` before its rid says that it starts paused. */
export interface SimulcastLayer {
  readonly rid: string;
  readonly isPaused: boolean;
}

/** The SCTP association of a data channel m-line (RFC 8841). */
export interface SctpDescription {
  readonly port: number;
  /** Bytes; 0 is any size, 65,536 if not given (RFC 8841 section 6). */
  readonly maxMessageSize: number;
  /** `DTLS/SCTP` with `a=sctpmap`, as drafts before RFC 8841 had it. */
  readonly isOldSyntax: boolean;
}
