import { telephoneEvent } from '../capabilities.ts';
import { isSameEncoding, isUsablePayloadType, ruleOf } from '../choose-codec.ts';
import type { CodecDescription, MediaDescription } from '../description.ts';
import type { PlainAgreement } from '../../plain-rtp.ts';
import type { PayloadFormat } from '../../rtp-sink.ts';

/** Encodings that go between WebRTC and plain RTP as they are. */
const relayed: ReadonlySet<string> = new Set(['opus', 'PCMU', 'PCMA', 'G722', 'VP8', 'H264']);

/** The one encoding that both sides of an m-line end with, and DTMF beside it. */
export interface SharedCodec {
  /** As what we take says. */
  readonly ours: CodecDescription;
  /** As the other side takes it. */
  readonly theirs: CodecDescription;
  readonly ourEvents: CodecDescription | undefined;
  readonly theirEvents: CodecDescription | undefined;
}

/** The codecs of an m-line that can be relayed, in its order, spelled as our table does. */
export function relayedCodecs({ codecs, kind }: MediaDescription): readonly CodecDescription[] {
  return codecs.flatMap((codec) => {
    const rule = ruleOf(codec);
    const isUsable = rule?.kind === kind && isUsablePayloadType(codec.payloadType);
    return isUsable && relayed.has(rule.name) ? [{ ...codec, name: rule.name }] : [];
  });
}

/** DTMF (RFC 4733) at a clock rate; undefined if the m-line has none. */
export function eventsAt({ codecs }: MediaDescription, clockRate: number): CodecDescription | undefined {
  const found = codecs.find((codec) => {
    const isEvent = ruleOf(codec)?.name === telephoneEvent && codec.clockRate === clockRate;
    return isEvent && isUsablePayloadType(codec.payloadType);
  });
  return found && { ...found, name: telephoneEvent };
}

/**
 * What is written of an offered m-line for a plain peer: all codecs that can be relayed, and DTMF with one clock rate,
 * since two break phones: that of telephony if there is a choice.
 */
export function plainOfferCodecs(media: MediaDescription): readonly CodecDescription[] {
  const codecs = relayedCodecs(media);
  const rates = new Set(codecs.map(({ clockRate }) => clockRate));
  const rate = rates.has(8000) ? 8000 : (codecs[0]?.clockRate ?? 0);
  return [...codecs, ...(media.kind === 'audio' ? [eventsAt(media, rate) ?? []].flat() : [])];
}

/** The first codec of the side that answers which the other offered too; undefined if there is none. */
export function sharedCodec(offered: MediaDescription, answered: MediaDescription): SharedCodec | undefined {
  const known = relayedCodecs(offered);
  for (const theirs of relayedCodecs(answered)) {
    const ours = known.find((one) => isSameEncoding(one, theirs));
    if (ours === undefined) continue;
    const [ourEvents, theirEvents] = [offered, answered].map((media) => eventsAt(media, ours.clockRate));
    const hasEvents = ourEvents !== undefined && theirEvents !== undefined;
    return { ours, theirs, ...(hasEvents ? { ourEvents, theirEvents } : noEvents) };
  }
  return undefined;
}

const noEvents = { ourEvents: undefined, theirEvents: undefined };

/** Payload types of an agreement: what `takes` lists may come, and what `gives` lists is sent. */
export function agreedPayloadTypes(
  takes: readonly CodecDescription[],
  gives: readonly CodecDescription[],
): Pick<PlainAgreement, 'receive' | 'send'> {
  const format = ({ payloadType, name, clockRate }: CodecDescription): [number, PayloadFormat] => [
    payloadType,
    { encodingName: name, clockRate },
  ];
  return {
    receive: new Map(takes.map(format)),
    send: new Map(gives.map(({ name, payloadType }) => [name, { media: payloadType }])),
  };
}

/** The codecs of an m-line in words, for people. */
export function codecWords({ codecs }: MediaDescription): string {
  const names = codecs.map(({ name, clockRate }) => `${name}/${clockRate}`);
  return names.length === 0 ? 'none' : [...new Set(names)].slice(0, 12).join(', ');
}
