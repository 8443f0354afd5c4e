import { codecTable, feedbackTypes, telephoneEvent, type CodecRule } from './capabilities.ts';
import type { CodecDescription, MediaDescription } from './description.ts';
import type { LocalCodec } from './negotiated.ts';

/** Encoding names in order of preference, and format parameters by name; as in a StreamPlan. */
export interface CodecWishes {
  readonly codecs: readonly string[];
  readonly fmtp?: Readonly<Record<string, string>>;
}

/**
 * The codecs to answer an offered m-line with: one, and DTMF beside it if both sides name it; empty if no wish
 * was offered. Payload types are the offerer's (RFC 3264 section 6.1).
 */
export function chooseCodecs(
  offered: MediaDescription,
  wishes: CodecWishes,
  hasTransportCc: boolean,
): readonly LocalCodec[] {
  const names = wishes.codecs.filter((name) => !isSame(name, telephoneEvent));
  const known = knownFormats(offered);
  for (const name of names) {
    const main = bestOffered(known, name, wishes);
    if (main === undefined) continue;
    const feedback = commonFeedback(offered.kind, main.codec.feedback, hasTransportCc);
    const events = names.length === wishes.codecs.length ? [] : chooseEvents(offered, main.codec.clockRate);
    return [answered(offered, main, feedback, wishes), ...events];
  }
  return [];
}

/** The feedback that we know among `offered`, in our order. */
export function commonFeedback(
  kind: MediaDescription['kind'],
  offered: readonly string[],
  hasTransportCc: boolean,
): readonly string[] {
  if (kind !== 'audio' && kind !== 'video') return [];
  const known = feedbackTypes[kind].filter((type) => hasTransportCc || type !== 'transport-cc');
  return known.filter((type) => offered.includes(type));
}

/** The entry of our table that an offered codec is, by name, clock rate and channels. */
export function ruleOf({ name, clockRate, channels }: CodecDescription): CodecRule | undefined {
  return codecTable.find(
    (rule) => rule.clockRate === clockRate && rule.channels === channels && isSame(rule.name, name),
  );
}

/** The plan's own format parameters for a codec. */
export function wishedParameters(name: string, wishes: CodecWishes): string | undefined {
  return Object.entries(wishes.fmtp ?? {}).find(([wished]) => isSame(wished, name))?.[1];
}

/** Encoding names are compared without regard to case (RFC 4855 section 3). */
export function isSame(name: string, other: string): boolean {
  return name === other || (name.length === other.length && name.toLowerCase() === other.toLowerCase());
}

/** RFC 5761 section 4: with rtcp-mux these would be taken for RTCP. */
export function isUsablePayloadType(payloadType: number): boolean {
  return payloadType < 64 || payloadType > 95;
}

interface Offered {
  readonly codec: CodecDescription;
  readonly rule: CodecRule;
}

/** The offered formats of the table: they are looked up once, however many wishes there are. */
function knownFormats(offered: MediaDescription): readonly Offered[] {
  return offered.codecs.flatMap((codec) => {
    const rule = isUsablePayloadType(codec.payloadType) ? ruleOf(codec) : undefined;
    return rule?.kind === offered.kind ? [{ codec, rule }] : [];
  });
}

/** The offered format that fits a wish best: the profile asked for, or else the most common one that is there. */
function bestOffered(known: readonly Offered[], name: string, wishes: CodecWishes): Offered | undefined {
  const found = known.filter(({ rule }) => isSame(rule.name, name));
  const [first] = found;
  if (first === undefined) return undefined;
  const wished = wishedParameters(name, wishes);
  const common = commonProfiles[first.rule.name];
  if (wished === undefined && common === undefined) return first;
  const profiles = found.map(({ rule, codec }) => profileOf(rule.name, parseFmtp(codec.parameters)));
  if (wished !== undefined) return found[indexOfWished(first.rule.name, profiles, wished)];
  const best = common?.find((one) => profiles.includes(one));
  return best === undefined ? first : found[profiles.indexOf(best)];
}

function answered(
  offered: MediaDescription,
  { codec, rule }: Offered,
  feedback: readonly string[],
  wishes: CodecWishes,
): LocalCodec {
  const rtx = offered.rtxPayloadTypes.get(codec.payloadType);
  return {
    payloadType: codec.payloadType,
    name: rule.name,
    clockRate: rule.clockRate,
    channels: rule.channels,
    parameters: answeredParameters(rule, codec, wishes),
    feedback,
    rtxPayloadType:
      rtx !== undefined && offered.kind === 'video' && isUsablePayloadType(rtx) ? rtx : undefined,
  };
}

/** A wish for a profile of H264 that names no packetization mode takes either, that with fragments first. */
function indexOfWished(name: string, profiles: readonly string[], wished: string): number {
  const parameters = parseFmtp(wished);
  const isOpen = name === 'H264' && !parameters.has('packetization-mode');
  const modes = isOpen ? ['1', '0'] : [parameters.get('packetization-mode') ?? '0'];
  const wanted = modes.map((mode) => profileOf(name, new Map([...parameters, ['packetization-mode', mode]])));
  const best = wanted.find((profile) => profiles.includes(profile));
  return best === undefined ? -1 : profiles.indexOf(best);
}

/** What chooses among profiles is repeated from the format that was chosen, which may have another level. */
function answeredParameters(rule: CodecRule, codec: CodecDescription, wishes: CodecWishes): string {
  const wished = commonProfiles[rule.name] === undefined ? wishedParameters(rule.name, wishes) : undefined;
  return wished ?? mirroredFmtp(rule, codec.parameters);
}

/** DTMF at the clock rate of the audio beside it if there is one, or else at any we know (RFC 4733 section 2.1). */
function chooseEvents(offered: MediaDescription, clockRate: number): readonly LocalCodec[] {
  const known = offered.codecs.filter(
    (codec) => ruleOf(codec)?.name === telephoneEvent && isUsablePayloadType(codec.payloadType),
  );
  const codec = known.find((one) => one.clockRate === clockRate) ?? known[0];
  if (codec === undefined) return [];
  const parameters = /^[0-9,-]{1,64}$/.test(codec.parameters) ? codec.parameters : '0-15';
  const { payloadType, channels } = codec;
  return [
    {
      payloadType,
      name: telephoneEvent,
      clockRate: codec.clockRate,
      channels,
      parameters,
      feedback: [],
      rtxPayloadType: undefined,
    },
  ];
}

/** Names in lower case; a Map, since they are the peer's. */
function parseFmtp(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(';').map((parameter) => {
      const [name = '', value = ''] = parameter.split('=', 2);
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
}

function mirroredFmtp(rule: CodecRule, offered: string): string {
  const parameters = parseFmtp(offered);
  return rule.mirrored
    .flatMap((name) => {
      const value = parameters.get(name);
      return value !== undefined && /^[A-Za-z0-9]{1,16}$/.test(value) ? [`${name}=${value}`] : [];
    })
    .join(';');
}

/** Profiles by encoding, the most widely decoded first. */
const commonProfiles: Readonly<Record<string, readonly string[]>> = {
  H264: ['constrained baseline/1', 'baseline/1', 'constrained baseline/0', 'baseline/0'],
  VP9: ['0'],
  AV1: ['0'],
};

/** What must be equal for one side to decode what the other sends; empty where there are no profiles. */
function profileOf(name: string, parameters: ReadonlyMap<string, string>): string {
  // RFC 9628 section 6.1.1 (VP9) and the AV1 RTP payload format section 7.2: 0 unless given.
  if (name === 'VP9') return parameters.get('profile-id') ?? '0';
  if (name === 'AV1') return parameters.get('profile') ?? '0';
  if (name !== 'H264') return '';
  // RFC 6184 section 8.1: baseline and mode 0 unless given.
  const profile = h264Profile(parameters.get('profile-level-id') ?? '42000a');
  return `${profile}/${parameters.get('packetization-mode') ?? '0'}`;
}

/** RFC 6184 table 5: profile_idc, then the bits of profile-iop under a mask. */
const h264Profiles = [
  { name: 'constrained baseline', idc: 0x42, mask: 0x4f, iop: 0x40 },
  { name: 'constrained baseline', idc: 0x4d, mask: 0x8f, iop: 0x80 },
  { name: 'constrained baseline', idc: 0x58, mask: 0xcf, iop: 0xc0 },
  { name: 'baseline', idc: 0x42, mask: 0x4f, iop: 0x00 },
  { name: 'baseline', idc: 0x58, mask: 0xcf, iop: 0x80 },
  { name: 'main', idc: 0x4d, mask: 0xaf, iop: 0x00 },
  { name: 'extended', idc: 0x58, mask: 0xcf, iop: 0x00 },
  { name: 'high', idc: 0x64, mask: 0xff, iop: 0x00 },
  { name: 'constrained high', idc: 0x64, mask: 0xff, iop: 0x0c },
];

function h264Profile(profileLevelId: string): string {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return 'unknown';
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const bits = Number.parseInt(profileLevelId.slice(2, 4), 16);
  const found = h264Profiles.find((one) => one.idc === idc && (bits & one.mask) === one.iop);
  return found?.name ?? profileLevelId.slice(0, 4).toLowerCase();
}

/** What one side encodes as the first says, the other decodes as the second says: no transcoder is needed. */
export function isSameEncoding(one: CodecDescription, other: CodecDescription): boolean {
  const rule = ruleOf(one);
  if (rule === undefined || rule !== ruleOf(other)) return false;
  return (
    profileOf(rule.name, parseFmtp(one.parameters)) === profileOf(rule.name, parseFmtp(other.parameters))
  );
}
