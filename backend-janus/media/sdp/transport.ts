import { NegotiationError } from '../negotiation-error.ts';
import { defaultSctpPort } from './capabilities.ts';
import { chooseCodecs, ruleOf } from './choose-codec.ts';
import type { Direction, MediaDescription, SessionDescription, Setup } from './description.ts';
import type { DtlsRole, LocalSctp, LocalSource, LocalTransport, RemoteTransport } from './negotiated.ts';

/** What a plugin asks of an offer before it plans its streams. */
export interface OfferedStream {
  readonly mid: string;
  readonly index: number;
  readonly kind: 'audio' | 'video' | 'data';
  /** As the offerer sees it. */
  readonly direction: Direction;
  /** As our table spells them, in the offerer's order of preference; those that we do not know are left out. */
  readonly codecNames: readonly string[];
  /** The format parameters that an answer of ours takes of each; of a codec that is offered in several profiles, one. */
  readonly fmtp: Readonly<Record<string, string>>;
  /** The simulcast layers the offerer wants to send, in its order. */
  readonly rids: readonly string[];
}

/** The m-lines of an offer that can be accepted, in order. */
export function offeredStreams(description: SessionDescription): readonly OfferedStream[] {
  return usableMedia(description).flatMap((media) => {
    if (media.kind === 'other') return [];
    const { mid, index, kind, direction } = media;
    const rids = media.simulcast?.send.map(({ rid }) => rid) ?? [];
    return [{ mid, index, kind, direction, codecNames: knownNames(media), fmtp: formats(media), rids }];
  });
}

/**
 * The transport that the m-lines of `description` share: that of the first one that can be accepted (RFC 8843
 * section 7.3.1).
 *
 * Throws NegotiationError if it lacks ICE credentials or a fingerprint of sha-256 or better, or if no m-line can
 * be accepted.
 */
export function requireTransport(description: SessionDescription): RemoteTransport {
  const [first] = usableMedia(description);
  if (first === undefined) {
    throw new NegotiationError('SDP has no m-line that shares one transport (BUNDLE and rtcp-mux)');
  }
  return transportOf(description, first);
}

/** As `requireTransport`, of a given m-line. */
export function transportOf(description: SessionDescription, media: MediaDescription): RemoteTransport {
  const { iceUfrag, icePwd, candidates, hasEndOfCandidates } = media;
  if (iceUfrag === undefined || icePwd === undefined) {
    throw new NegotiationError(`SDP has no ICE credentials for mid ${media.mid}`);
  }
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(iceUfrag) || !/^[A-Za-z0-9+/]{22,256}$/.test(icePwd)) {
    throw new NegotiationError(`SDP has malformed ICE credentials for mid ${media.mid}`);
  }
  const fingerprints = strongFingerprints(media);
  const { isIceLite } = description;
  const setup = setupOf(media);
  return { iceUfrag, icePwd, fingerprints, setup, isIceLite, candidates, hasEndOfCandidates };
}

/**
 * M-lines that can go over one transport: in the BUNDLE group, with rtcp-mux, protected by DTLS. Without a group
 * that is the first one alone.
 */
export function usableMedia(description: SessionDescription): readonly MediaDescription[] {
  const carried = description.media.filter((media) => !media.isRejected && hasUsableProtocol(media));
  if (description.bundle === undefined) return carried.slice(0, 1);
  const bundled = new Set(description.bundle);
  return carried.filter(({ mid, hasMid }) => hasMid && bundled.has(mid));
}

/** Our DTLS role beside the peer's (RFC 8842 section 5.3): passive where there is a choice, as before once made. */
export function dtlsRoleBeside(peer: RemoteTransport['setup'], local: LocalTransport): DtlsRole {
  if (peer === 'actpass') return local.dtlsRole ?? 'passive';
  return peer === 'active' ? 'passive' : 'active';
}

/** What we send with on the m-line `mid`. */
export function localSource(local: LocalTransport, mid: string, hasRtx: boolean): LocalSource {
  const ssrc = local.allocateSsrc(mid, 'media');
  return { ssrc, rtxSsrc: hasRtx ? local.allocateSsrc(mid, 'rtx') : undefined };
}

/** Our end of the data channels. */
export function localSctp(local: LocalTransport, isOldSyntax: boolean): LocalSctp {
  const { sctpPort: port = defaultSctpPort, maxMessageSize = defaultMaxMessageSize } = local;
  return { port, maxMessageSize, isOldSyntax };
}

/** Bytes of the largest data channel message we take unless told otherwise: what browsers say. */
const defaultMaxMessageSize = 262_144;

/** RFC 8829 section 5.1.2 with RFC 8841 section 4; the names without `UDP/TLS` are older. */
const mediaProtocols = /^(?:(?:UDP|TCP)\/TLS\/)?RTP\/SAVPF?$/;
const dataProtocols = /^(?:(?:UDP|TCP)\/)?DTLS\/SCTP$/;

function hasUsableProtocol({ kind, protocol, isRtcpMux }: MediaDescription): boolean {
  if (kind === 'data') return dataProtocols.test(protocol);
  return kind !== 'other' && isRtcpMux && mediaProtocols.test(protocol);
}

/** Bytes of a hash, by algorithm; RFC 8122 section 5 forbids what is weaker than these. */
const hashBytes: ReadonlyMap<string, number> = new Map([
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);

function strongFingerprints({ mid, fingerprints }: MediaDescription): RemoteTransport['fingerprints'] {
  if (fingerprints.length === 0) throw new NegotiationError(`SDP has no fingerprint for mid ${mid}`);
  const strong = fingerprints.filter(
    ({ algorithm, value }) => value.length === 3 * (hashBytes.get(algorithm) ?? 0) - 1,
  );
  if (strong.length === 0) {
    throw new NegotiationError(`SDP has no fingerprint of sha-256 or better for mid ${mid}`);
  }
  return strong;
}

function setupOf({
  mid,
  setup = 'actpass',
}: {
  mid: string;
  setup?: Setup | undefined;
}): 'actpass' | DtlsRole {
  if (setup === 'holdconn') throw new NegotiationError(`SDP puts the connection of mid ${mid} on hold`);
  return setup;
}

function formats(media: MediaDescription): OfferedStream['fmtp'] {
  const chosen = knownNames(media).flatMap((name) => chooseCodecs(media, { codecs: [name] }, false));
  return Object.fromEntries(chosen.map(({ name, parameters }) => [name, parameters]));
}

function knownNames(media: MediaDescription): readonly string[] {
  return [...new Set(media.codecs.flatMap((codec) => ruleOf(codec)?.name ?? []))];
}
