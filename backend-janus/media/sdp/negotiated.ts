import type { SendParameters } from '../rtp-sink.ts';
import type { Direction, Fingerprint, HeaderExtension, SimulcastLayer, SsrcGroup } from './description.ts';

/** The outcome of an offer and its answer. */
export interface NegotiatedSession {
  /** Our side of it: the answer we give, or the offer that was answered. */
  readonly sdp: string;
  /** One per m-line, in order. */
  readonly media: readonly NegotiatedMedia[];
  readonly transport: RemoteTransport;
  /** Our DTLS role: `passive` waits for the peer's ClientHello. */
  readonly dtlsRole: DtlsRole;
}

/** `active` is the DTLS client (RFC 8842 section 5.2). */
export type DtlsRole = 'active' | 'passive';

/** What the peer said of the one transport that all of its m-lines share. */
export interface RemoteTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** sha-256, sha-384 or sha-512; at least one. */
  readonly fingerprints: readonly Fingerprint[];
  /** In an offer `actpass` unless given. */
  readonly setup: 'actpass' | DtlsRole;
  readonly isIceLite: boolean;
  /** As written, from `candidate:` on; at most 64. */
  readonly candidates: readonly string[];
  readonly hasEndOfCandidates: boolean;
}

/** What our descriptions say of us. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly isIceLite: boolean;
  readonly fingerprints: readonly Fingerprint[];
  /** As `candidate:1 1 udp …`, without `a=`. */
  readonly candidates: readonly string[];
  /** No more candidates will follow: `a=end-of-candidates` is said. */
  readonly hasAllCandidates: boolean;
  /** For `o=`: digits of at most 64 bits, and a version that grows with every description we make. */
  readonly origin: { readonly sessionId: string; readonly version: number };
  /** RFC 7022; the same for all our streams, so that the peer plays them in sync. */
  readonly cname: string;
  /** We write and answer transport-wide sequence numbers; without it they are not negotiated. */
  readonly hasTransportCc: boolean;
  /** The role DTLS has already; a later description keeps it where the peer leaves us the choice. */
  readonly dtlsRole?: DtlsRole;
  /** 5000 unless given. */
  readonly sctpPort?: number;
  /** Bytes of the largest data channel message we take; 262,144 unless given. */
  readonly maxMessageSize?: number;
  /** A number that this connection does not use yet; the same as before for the same mid and use. */
  allocateSsrc(mid: string, use: 'media' | 'rtx'): number;
}

/** What one m-line has become. A rejected one has neither of the last three members. */
export interface NegotiatedMedia {
  readonly mid: string;
  readonly index: number;
  readonly kind: 'audio' | 'video' | 'data' | 'other';
  readonly isRejected: boolean;
  /** As we see it: `sendonly` is that we send. */
  readonly direction: Direction;
  readonly receive?: ReceiveNegotiation;
  readonly send?: SendNegotiation;
  readonly sctp?: SctpParameters;
}

/** What was negotiated for packets from the peer. */
export interface ReceiveNegotiation {
  /** By payload type, RTX included. */
  readonly codecs: ReadonlyMap<number, NegotiatedCodec>;
  /** Header extension ids by URI (RFC 8285). */
  readonly extensions: ReadonlyMap<string, number>;
  /** The sources the peer announced, retransmission sources paired with theirs; may be empty. */
  readonly ssrcs: readonly RemoteSsrc[];
  /** `SIM` and what else was announced; `FID` is in `ssrcs`. */
  readonly ssrcGroups: readonly SsrcGroup[];
  /** The simulcast layers accepted, from low to high; empty if there is no simulcast by rid. */
  readonly rids: readonly string[];
  readonly feedback: FeedbackTypes;
}

/** One source of the peer, and the source of its retransmissions (RFC 4588). */
export interface RemoteSsrc {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
}

/** One payload type as negotiated. */
export interface NegotiatedCodec {
  readonly payloadType: number;
  /** As our table spells it, such as `VP8`, whatever the peer wrote; `rtx` for retransmissions. */
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** The text of `a=fmtp` as we say it; empty if there is none. */
  readonly parameters: string;
  /** On retransmissions: the payload type that they repeat. */
  readonly rtxOf: number | undefined;
}

/** RTCP feedback that both sides know (RFC 4585, RFC 5104). */
export interface FeedbackTypes {
  readonly nack: boolean;
  readonly pli: boolean;
  readonly fir: boolean;
  readonly remb: boolean;
  readonly transportCc: boolean;
}

/** What was negotiated for packets to the peer. */
export interface SendNegotiation extends SendParameters {
  readonly codec: NegotiatedCodec;
  readonly clockRate: number;
  readonly feedback: FeedbackTypes;
}

/** What was negotiated for data channels (RFC 8841). */
export interface SctpParameters {
  /** The peer's. */
  readonly port: number;
  /** Bytes of the largest message the peer takes; 0 is any size. */
  readonly maxMessageSize: number;
}

/** An offer of ours that waits for its answer. */
export interface NegotiatedOffer {
  readonly sdp: string;
  /** One per plan, in order. */
  readonly media: readonly LocalMedia[];
}

/** One m-line as we write it, in an offer or an answer. */
export interface LocalMedia {
  readonly mediaType: string;
  readonly protocol: string;
  /** Undefined where the offer has none: then there is no `a=mid`. */
  readonly mid: string | undefined;
  readonly isRejected: boolean;
  /** What a rejected m-line repeats of the offer's, since it may not be empty. */
  readonly offeredFormat: string;
  readonly direction: Direction;
  readonly codecs: readonly LocalCodec[];
  readonly extensions: readonly HeaderExtension[];
  readonly source: LocalSource | undefined;
  /** Layers that we receive, in the order in which they are written. */
  readonly simulcast: readonly SimulcastLayer[];
  /** The names of all layers that we know, from low to high. */
  readonly rids: readonly string[];
  readonly sctp: LocalSctp | undefined;
}

/** One payload type as we write it, and that of its retransmissions. */
export interface LocalCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  readonly parameters: string;
  readonly feedback: readonly string[];
  readonly rtxPayloadType: number | undefined;
}

/** What we send with. */
export interface LocalSource {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
}

/** Our end of the data channels. */
export interface LocalSctp {
  readonly port: number;
  readonly maxMessageSize: number;
  readonly isOldSyntax: boolean;
}
