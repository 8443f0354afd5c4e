import { NegotiationError } from '../negotiation-error.ts';
import {
  Attributes,
  decimal,
  highestPayloadType,
  isToken,
  readAttribute,
  type Rtpmap,
} from './attributes.ts';
import { defaultSctpPort } from './capabilities.ts';
import type {
  CodecDescription,
  MediaDescription,
  Origin,
  SctpDescription,
  SessionDescription,
} from './description.ts';
import { badLine, readLines, type SdpLine } from './lines.ts';

/** What was read last: gateway, plugin and connection read the description of one request in turn. */
let last: { readonly text: string; readonly description: SessionDescription } | undefined;

/**
 * Reads a description (RFC 8866). What it does not know is skipped; what it knows must be well formed.
 *
 * Throws NegotiationError, which names the limit that was passed or the line that is wrong.
 */
export function parseSdp(text: string): SessionDescription {
  if (last?.text !== text) last = { text, description: read(text) };
  return last.description;
}

function read(text: string): SessionDescription {
  const lines = readLines(text);
  const [version] = lines;
  if (version?.type !== 'v' || version.value !== '0') {
    throw new NegotiationError('SDP line 1: v=0 was expected');
  }
  const originLine = lines.find(({ type }) => type === 'o');
  if (originLine === undefined) throw new NegotiationError('SDP has no origin line');
  const session = new Attributes();
  const sections: Section[] = [];
  for (const line of lines) {
    if (line.type === 'm') sections.push(openSection(line));
    else if (line.type === 'a') readAttribute(sections.at(-1)?.attributes ?? session, line);
  }
  if (sections.length === 0) throw new NegotiationError('SDP has no m-line');
  return describe(readOrigin(originLine), session, sections);
}

/** One m-line and what follows it. */
interface Section {
  readonly line: SdpLine;
  readonly mediaType: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly attributes: Attributes;
}

function openSection(line: SdpLine): Section {
  const [mediaType = '', ports = '', protocol = '', ...formats] = line.value.trim().split(/ +/);
  const port = decimal(ports.split('/', 1)[0], 0xffff);
  const isWellFormed = isToken(mediaType) && protocol.split('/').every(isToken) && formats.every(isToken);
  if (port === undefined || !isWellFormed || formats.length === 0) throw badLine(line, 'a malformed m-line');
  return { line, mediaType, port, protocol, formats, attributes: new Attributes() };
}

function readOrigin(line: SdpLine): Origin {
  const [, sessionId = '', version = ''] = line.value.split(' ', 3);
  // 20 digits hold 64 bits.
  if (!/^\d{1,20}$/.test(sessionId) || !/^\d{1,20}$/.test(version)) throw badLine(line, 'a malformed origin');
  return { sessionId, version };
}

function describe(origin: Origin, session: Attributes, sections: readonly Section[]): SessionDescription {
  const mids = midsOf(sections);
  return {
    origin,
    bundle: session.bundle,
    isIceLite: session.isIceLite,
    iceOptions: [
      ...new Set([session, ...sections.map((one) => one.attributes)].flatMap((at) => at.iceOptions)),
    ],
    isExtmapAllowMixed: session.isExtmapAllowMixed,
    media: sections.map((section, index) => describeMedia(session, section, index, mids[index] ?? '')),
  };
}

/** The mid of each m-line; a free number for those that have none. */
function midsOf(sections: readonly Section[]): readonly string[] {
  const taken = new Set<string>();
  for (const { attributes, line } of sections) {
    if (attributes.mid === undefined) continue;
    if (taken.has(attributes.mid)) throw badLine(line, `the mid ${attributes.mid} is taken`);
    taken.add(attributes.mid);
  }
  let next = 0;
  return sections.map(({ attributes }) => {
    if (attributes.mid !== undefined) return attributes.mid;
    while (taken.has(String(next))) next += 1;
    taken.add(String(next));
    return String(next);
  });
}

function describeMedia(session: Attributes, section: Section, index: number, mid: string): MediaDescription {
  const own = section.attributes;
  const { mediaType, port, protocol, formats } = section;
  const codecs = codecsOf(section);
  return {
    index,
    kind: kindOf(section),
    mediaType,
    port,
    isRejected: port === 0 && !own.isBundleOnly,
    protocol,
    formats,
    mid,
    hasMid: own.mid !== undefined,
    direction: own.direction ?? session.direction ?? 'sendrecv',
    iceUfrag: own.iceUfrag ?? session.iceUfrag,
    icePwd: own.icePwd ?? session.icePwd,
    fingerprints: own.fingerprints.length > 0 ? own.fingerprints : session.fingerprints,
    setup: own.setup ?? session.setup,
    codecs,
    rtxPayloadTypes: rtxOf(codecs),
    extensions: [...own.extensions, ...session.extensions],
    ssrcs: [...own.ssrcs].map(([ssrc, said]) => ({ ssrc, ...said })),
    ssrcGroups: own.ssrcGroups,
    rids: own.rids,
    simulcast: own.simulcast,
    candidates: own.candidates,
    hasEndOfCandidates: own.hasEndOfCandidates || session.hasEndOfCandidates,
    isRtcpMux: own.isRtcpMux,
    msid: own.msid,
    sctp: sctpOf(section),
  };
}

function kindOf({ mediaType, protocol }: Section): MediaDescription['kind'] {
  if (mediaType === 'audio' || mediaType === 'video') return mediaType;
  return mediaType === 'application' && protocol.includes('DTLS/SCTP') ? 'data' : 'other';
}

/** RFC 3551 table 4, as far as WebRTC uses it: these need no `a=rtpmap`. */
const staticPayloadTypes: ReadonlyMap<number, Rtpmap> = new Map([
  [0, { name: 'PCMU', clockRate: 8_000, channels: 1 }],
  [8, { name: 'PCMA', clockRate: 8_000, channels: 1 }],
  [9, { name: 'G722', clockRate: 8_000, channels: 1 }],
  [13, { name: 'CN', clockRate: 8_000, channels: 1 }],
]);

function codecsOf(section: Section): readonly CodecDescription[] {
  const kind = kindOf(section);
  if (kind !== 'audio' && kind !== 'video') return [];
  const { rtpmaps, parameters, feedback } = section.attributes;
  const everyones = feedback.get('*') ?? [];
  const payloadTypes = new Set(section.formats.map((format) => decimal(format, highestPayloadType)));
  return [...payloadTypes].flatMap((payloadType) => {
    if (payloadType === undefined) return [];
    const rtpmap = rtpmaps.get(payloadType) ?? staticPayloadTypes.get(payloadType);
    if (rtpmap === undefined) return [];
    const types = new Set([...(feedback.get(payloadType) ?? []), ...everyones]);
    return [{ payloadType, ...rtpmap, parameters: parameters.get(payloadType) ?? '', feedback: [...types] }];
  });
}

/** RFC 4588 section 8.1: `a=fmtp:97 apt=96`, perhaps with `rtx-time` after it. */
function rtxOf(codecs: readonly CodecDescription[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { name, payloadType, parameters } of codecs) {
    if (name.toLowerCase() !== 'rtx') continue;
    const apt = parameters.split(';').find((parameter) => parameter.trim().startsWith('apt='));
    const media = decimal(apt?.trim().slice('apt='.length), highestPayloadType);
    if (media !== undefined && !found.has(media)) found.set(media, payloadType);
  }
  return found;
}

/** RFC 8841 section 6.1: what a peer takes that does not say. */
const unsaidMessageSize = 65_536;

function sctpOf(section: Section): SctpDescription | undefined {
  if (kindOf(section) !== 'data') return undefined;
  const { sctpPort, maxMessageSize = unsaidMessageSize } = section.attributes;
  const isOldSyntax = section.protocol === 'DTLS/SCTP';
  const port = isOldSyntax ? decimal(section.formats[0], 0xffff) : undefined;
  return { port: sctpPort ?? port ?? defaultSctpPort, maxMessageSize, isOldSyntax };
}
