import {
  codecWords,
  eventsAt,
  intersection,
  parseSdp,
  relayedCodecs,
  reversed,
  sharedCodec,
  type MediaDescription,
  type PlainAgreement,
  type PlainDescription,
  type PlainLine,
  type PlainMedia,
  type StreamPlan,
} from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { unusable, type Bridge, type PlainWishes } from './bridge.ts';
import { rejected, type Place } from './place.ts';
import { agreementOf, answeringCrypto, codecPair, withFeedback } from './plain-terms.ts';

/** One m-line of the plain peer's offer; without a plan it is rejected. */
interface Entry {
  readonly theirs: PlainMedia;
  readonly accepted?: {
    readonly place: Place;
    readonly port: number;
    readonly plan: StreamPlan;
    readonly crypto: ReturnType<typeof answeringCrypto>;
  };
}

/** An offer of a plain peer on its way to the browser, and what comes back. */
export class PlainOffer {
  readonly #bridge: Bridge;
  readonly #entries: readonly Entry[];

  private constructor(bridge: Bridge, entries: readonly Entry[]) {
    this.#bridge = bridge;
    this.#entries = entries;
  }

  /**
   * Opens the legs that the offer needs. Rejects with PluginError 447 if nothing of it can be relayed, 448 if no port
   * is free, 450 if it must be protected and cannot be.
   */
  static async make(bridge: Bridge, { plain }: PlainDescription, wishes: PlainWishes): Promise<PlainOffer> {
    if (plain.length < bridge.places.length)
      throw unusable(`The offer has ${plain.length} m-lines, and had ${bridge.places.length}`);
    const entries: Entry[] = [];
    for (const [index, theirs] of plain.entries())
      entries.push(await entryOf(bridge, index, theirs, plain, wishes));
    if (entries.every(({ accepted }) => accepted === undefined))
      throw unusable(
        `No codec can be relayed: the offer has ${plain.map(({ media }) => codecWords(media)).join('; ')}`,
      );
    return new PlainOffer(bridge, entries);
  }

  /** The offer for the browser. */
  async describe(): Promise<Jsep> {
    const accepted = this.#entries.flatMap((entry) => entry.accepted ?? []);
    const jsep = await this.#bridge.parts.handle.offer(accepted.map(({ plan }) => plan));
    const known = new Set(this.#bridge.places.map(({ mid }) => mid));
    const mids = parseSdp(jsep.sdp).media.flatMap(({ mid }) => (known.has(mid) ? [] : [mid]));
    for (const { place } of accepted) place.mid ??= mids.shift();
    return jsep;
  }

  /**
   * Takes the browser's answer. Resolves with the answer for the plain peer. Rejects with PluginError 447, and with
   * NegotiationError for an answer that does not fit our offer.
   */
  async answered(jsep: Jsep): Promise<string> {
    const { media } = parseSdp(jsep.sdp);
    const terms = this.#entries.map((entry) => termsOf(entry, media));
    await this.#bridge.parts.handle.acceptAnswer(jsep);
    const lines = this.#entries.map((entry, index) => {
      const { place } = entry.accepted ?? {};
      const term = terms[index];
      if (term === undefined) place?.release();
      else place?.line?.carry(term.mid, reversed(term.line.direction), term.agreement);
      return term?.line ?? rejected(entry.theirs.media);
    });
    return this.#bridge.describe(lines);
  }
}

async function entryOf(
  bridge: Bridge,
  index: number,
  theirs: PlainMedia,
  all: readonly PlainMedia[],
  wishes: PlainWishes,
): Promise<Entry> {
  const { kind, mediaType } = theirs.media;
  const place = bridge.placeAt(index, mediaType);
  const isAudible = kind === 'audio' || kind === 'video';
  const codecs = theirs.isUsable && isTheOne(theirs, all) ? relayedCodecs(theirs.media) : [];
  if (place === undefined || !isAudible || codecs.length === 0) {
    place?.release();
    return { theirs };
  }
  const crypto = answeringCrypto(wishes.srtp, theirs, bridge.parts.random);
  const { local } = await bridge.openLeg(place, kind, wishes.latch);
  const names = [...new Set(codecs.map(({ name }) => name))];
  const events = codecs.flatMap(({ clockRate }) => eventsAt(theirs.media, clockRate) ?? []).slice(0, 1);
  const profile = codecs.find(({ name }) => name === 'H264')?.parameters ?? '';
  const plan = {
    ...(place.mid !== undefined && { mid: place.mid }),
    kind,
    direction: theirs.direction,
    codecs: [...names, ...events.map(({ name }) => name)],
    ...(profile !== '' && { fmtp: { H264: profile } }),
  };
  return { theirs, accepted: { place, port: local.port, plan, crypto } };
}

/** Some offer the same media twice, protected and not: the protected one is taken. */
function isTheOne(theirs: PlainMedia, all: readonly PlainMedia[]): boolean {
  const isTwin = (one: PlainMedia): boolean =>
    one.isUsable && one.isSecure && one.cryptos.length > 0 && one.media.kind === theirs.media.kind;
  return theirs.isSecure || !all.some(isTwin);
}

/** What the browser's answer makes of one m-line; undefined if it is rejected. */
function termsOf(
  { theirs, accepted }: Entry,
  answer: readonly MediaDescription[],
):
  | { readonly mid: string; readonly line: PlainLine; readonly agreement: PlainAgreement | undefined }
  | undefined {
  const media = answer.find(({ mid }) => mid === accepted?.place.mid);
  if (accepted === undefined || media === undefined || media.isRejected) return undefined;
  const shared = sharedCodec(theirs.media, media);
  if (shared === undefined)
    throw unusable(
      `No codec is shared: the offer has ${codecWords(theirs.media)}; the browser answers ${codecWords(media)}`,
    );
  const codecs = codecPair(shared).ours;
  const direction = intersection(media.direction, reversed(theirs.direction));
  const { crypto } = accepted;
  const { mediaType, protocol, hasMid, mid, isRtcpMux } = theirs.media;
  const line = {
    mediaType,
    protocol,
    port: accepted.port,
    offeredFormat: '',
    mid: hasMid ? mid : undefined,
    direction,
    codecs: withFeedback(codecs, crypto !== undefined),
    cryptos: crypto === undefined ? [] : [crypto.crypto],
    isRtcpMux,
  };
  const agreement = agreementOf(theirs, reversed(direction), codecs, codecs, crypto?.keys);
  return { mid: media.mid, line, agreement };
}
