import type {
  Direction,
  Fingerprint,
  HeaderExtension,
  RidDescription,
  Setup,
  SimulcastDescription,
  SimulcastLayer,
  SsrcGroup,
} from './description.ts';
import { badLine, type SdpLine } from './lines.ts';

/** What the `a=` lines of one level say, before the levels are joined. */
export class Attributes {
  mid: string | undefined;
  direction: Direction | undefined;
  iceUfrag: string | undefined;
  icePwd: string | undefined;
  setup: Setup | undefined;
  msid: string | undefined;
  sctpPort: number | undefined;
  maxMessageSize: number | undefined;
  bundle: readonly string[] | undefined;
  simulcast: SimulcastDescription | undefined;
  isIceLite = false;
  isExtmapAllowMixed = false;
  isRtcpMux = false;
  isBundleOnly = false;
  hasEndOfCandidates = false;
  readonly iceOptions: string[] = [];
  readonly fingerprints: Fingerprint[] = [];
  readonly extensions: HeaderExtension[] = [];
  readonly rids: RidDescription[] = [];
  readonly candidates: string[] = [];
  readonly ssrcGroups: SsrcGroup[] = [];
  readonly ssrcs = new Map<number, { cname: string | undefined; msid: string | undefined }>();
  readonly rtpmaps = new Map<number, Rtpmap>();
  readonly parameters = new Map<number, string>();
  readonly feedback = new Map<number | '*', Set<string>>();
}

/** What `a=rtpmap` says of a payload type. */
export interface Rtpmap {
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
}

/** Reads one `a=` line into `into`; attributes that nobody here asks for are skipped. Throws NegotiationError. */
export function readAttribute(into: Attributes, line: SdpLine): void {
  const colon = line.value.indexOf(':');
  const name = colon === -1 ? line.value : line.value.slice(0, colon);
  const value = colon === -1 ? '' : line.value.slice(colon + 1);
  readers.get(name)?.(into, value, line);
}

/** A number of decimal digits up to `most`; undefined if `text` is not one. */
export function decimal(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** RFC 8866 section 9, `token`. */
export function isToken(text: string): boolean {
  return /^[!#-'*+\-.0-9A-Z^-~]+$/.test(text);
}

/** RFC 3550 section 5.1: a payload type has 7 bits. */
export const highestPayloadType = 127;

/** Longer ones do not fit the header extension in every stack, and Janus refuses them. */
const longestMid = 16;

/** Of one payload type; browsers have five, and what stands for all of them is repeated for each. */
const mostFeedbackTypes = 16;

const uint16 = 0xffff;
const uint32 = 0xffffffff;

type Reader = (into: Attributes, value: string, line: SdpLine) => void;

/** Once `into` has a value, a repetition changes nothing. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['sendrecv', (into) => (into.direction ??= 'sendrecv')],
  ['sendonly', (into) => (into.direction ??= 'sendonly')],
  ['recvonly', (into) => (into.direction ??= 'recvonly')],
  ['inactive', (into) => (into.direction ??= 'inactive')],
  ['ice-lite', (into) => (into.isIceLite = true)],
  ['extmap-allow-mixed', (into) => (into.isExtmapAllowMixed = true)],
  ['rtcp-mux', (into) => (into.isRtcpMux = true)],
  ['bundle-only', (into) => (into.isBundleOnly = true)],
  ['end-of-candidates', (into) => (into.hasEndOfCandidates = true)],
  ['ice-ufrag', (into, value) => (into.iceUfrag ??= value)],
  ['ice-pwd', (into, value) => (into.icePwd ??= value)],
  ['ice-options', (into, value) => into.iceOptions.push(...words(value))],
  ['msid', (into, value) => (into.msid ??= value)],
  ['candidate', (into, value) => into.candidates.push(`candidate:${value}`)],
  ['mid', readMid],
  ['group', readGroup],
  ['setup', readSetup],
  ['fingerprint', readFingerprint],
  ['rtpmap', readRtpmap],
  ['fmtp', readFmtp],
  ['rtcp-fb', readFeedback],
  ['extmap', readExtmap],
  ['ssrc', readSsrc],
  ['ssrc-group', readSsrcGroup],
  ['rid', readRid],
  ['simulcast', readSimulcast],
  ['sctp-port', readSctpPort],
  ['sctpmap', readSctpMap],
  ['max-message-size', readMaxMessageSize],
]);

/** Splits at the first space. */
function firstWord(text: string): readonly [string, string] {
  const space = text.indexOf(' ');
  return space === -1 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

function readMid(into: Attributes, value: string, line: SdpLine): void {
  if (value.length > longestMid) throw badLine(line, `a mid longer than ${longestMid} characters`);
  if (!isToken(value)) throw badLine(line, 'a mid of other characters than a token has');
  into.mid ??= value;
}

function readGroup(into: Attributes, value: string): void {
  const [semantics, ...mids] = words(value);
  if (semantics === 'BUNDLE') into.bundle ??= mids;
}

function readSetup(into: Attributes, value: string, line: SdpLine): void {
  const setup = (['actpass', 'active', 'passive', 'holdconn'] as const).find((one) => one === value);
  if (setup === undefined) throw badLine(line, 'an unknown setup');
  into.setup ??= setup;
}

function readFingerprint(into: Attributes, value: string, line: SdpLine): void {
  const [algorithm, hash] = firstWord(value);
  if (!isToken(algorithm) || !/^[0-9a-f]{2}(?::[0-9a-f]{2})*$/i.test(hash)) {
    throw badLine(line, 'a malformed fingerprint');
  }
  into.fingerprints.push({ algorithm: algorithm.toLowerCase(), value: hash.toUpperCase() });
}

function readRtpmap(into: Attributes, value: string, line: SdpLine): void {
  const [first, rest] = firstWord(value);
  const payloadType = decimal(first, highestPayloadType);
  const [name = '', rate, count = '1'] = rest.trim().split('/', 3);
  const clockRate = decimal(rate, uint32);
  // Some stacks put parameters here that are not a number of channels; they have one.
  const channels = decimal(count, 255) ?? 1;
  if (payloadType === undefined || clockRate === undefined || !isToken(name)) {
    throw badLine(line, 'a malformed rtpmap');
  }
  if (!into.rtpmaps.has(payloadType)) into.rtpmaps.set(payloadType, { name, clockRate, channels });
}

function readFmtp(into: Attributes, value: string): void {
  const [first, rest] = firstWord(value);
  const payloadType = decimal(first, highestPayloadType);
  if (payloadType !== undefined && !into.parameters.has(payloadType)) into.parameters.set(payloadType, rest);
}

function readFeedback(into: Attributes, value: string): void {
  const [first, ...rest] = words(value);
  const target = first === '*' ? first : decimal(first, highestPayloadType);
  if (target === undefined) return;
  const known = into.feedback.get(target) ?? new Set<string>();
  if (known.size < mostFeedbackTypes) into.feedback.set(target, known.add(rest.join(' ')));
}

function readExtmap(into: Attributes, value: string, line: SdpLine): void {
  const [first = '', uri] = words(value);
  const [number, toward = 'sendrecv'] = first.split('/', 2);
  const id = decimal(number, uint16);
  const direction = (['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).find((one) => one === toward);
  if (id === undefined || uri === undefined || direction === undefined) {
    throw badLine(line, 'a malformed extmap');
  }
  into.extensions.push({ id, uri, direction });
}

function readSsrc(into: Attributes, value: string, line: SdpLine): void {
  const [first, rest] = firstWord(value);
  const ssrc = decimal(first, uint32);
  if (ssrc === undefined) throw badLine(line, 'a malformed ssrc');
  const known = into.ssrcs.get(ssrc) ?? { cname: undefined, msid: undefined };
  into.ssrcs.set(ssrc, known);
  if (rest.startsWith('cname:')) known.cname ??= rest.slice('cname:'.length);
  if (rest.startsWith('msid:')) known.msid ??= rest.slice('msid:'.length);
}

function readSsrcGroup(into: Attributes, value: string, line: SdpLine): void {
  const [semantics = '', ...members] = words(value);
  const ssrcs = members.map((member) => decimal(member, uint32));
  if (!isToken(semantics) || !isComplete(ssrcs)) throw badLine(line, 'a malformed ssrc-group');
  into.ssrcGroups.push({ semantics, ssrcs });
}

function isComplete(numbers: readonly (number | undefined)[]): numbers is readonly number[] {
  return !numbers.includes(undefined);
}

/** RFC 8851 section 10: letters, digits, and in browsers also `-` and `_`. */
function isRid(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,16}$/.test(text);
}

function readRid(into: Attributes, value: string, line: SdpLine): void {
  const [id = '', direction] = words(value);
  if (!isRid(id) || (direction !== 'send' && direction !== 'recv')) throw badLine(line, 'a malformed rid');
  into.rids.push({ id, direction });
}

function readSimulcast(into: Attributes, value: string, line: SdpLine): void {
  const lists = { send: new Array<SimulcastLayer>(), recv: new Array<SimulcastLayer>() };
  const parts = words(value);
  for (let at = 0; at < parts.length; at += 2) {
    const direction = parts[at];
    if (direction !== 'send' && direction !== 'recv') throw badLine(line, 'a malformed simulcast');
    lists[direction].push(...layers(parts[at + 1] ?? '', line));
  }
  into.simulcast ??= lists;
}

/** Drafts before RFC 8853 had `rid=` before the list. */
function layers(text: string, line: SdpLine): readonly SimulcastLayer[] {
  const list = text.startsWith('rid=') ? text.slice('rid='.length) : text;
  return list.split(';').map((stream) => {
    const [first = ''] = stream.split(',', 1);
    const isPaused = first.startsWith('~');
    const rid = isPaused ? first.slice(1) : first;
    if (!isRid(rid)) throw badLine(line, 'a malformed simulcast');
    return { rid, isPaused };
  });
}

function readSctpPort(into: Attributes, value: string, line: SdpLine): void {
  const port = decimal(value.trim(), uint16);
  if (port === undefined) throw badLine(line, 'a malformed sctp-port');
  into.sctpPort ??= port;
}

/** `a=sctpmap:5000 webrtc-datachannel 1024`, where RFC 8841 has `a=sctp-port`. */
function readSctpMap(into: Attributes, value: string, line: SdpLine): void {
  const port = decimal(words(value)[0], uint16);
  if (port === undefined) throw badLine(line, 'a malformed sctpmap');
  into.sctpPort ??= port;
}

function readMaxMessageSize(into: Attributes, value: string, line: SdpLine): void {
  if (!/^\d{1,15}$/.test(value)) throw badLine(line, 'a malformed max-message-size');
  into.maxMessageSize ??= Number(value);
}
