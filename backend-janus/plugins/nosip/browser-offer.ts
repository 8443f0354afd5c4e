import {
  codecWords,
  intersection,
  parseSdp,
  plainOfferCodecs,
  relayedCodecs,
  reversed,
  sharedCodec,
  type Crypto,
  type Direction,
  type MediaDescription,
  type PlainDescription,
  type PlainLine,
  type PlainMedia,
  type SharedCodec,
  type StreamPlan,
} from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { unusable, type Bridge, type PlainWishes } from './bridge.ts';
import type { Place } from './place.ts';
import { removed } from './place.ts';
import { agreementOf, answeredKeys, codecPair, offeredCryptos, withFeedback } from './plain-terms.ts';

/** One m-line of the offer that the plain peer gets; `media` is the browser's, absent where nothing is offered. */
interface Entry {
  readonly place: Place;
  readonly media: MediaDescription | undefined;
  readonly cryptos: readonly Crypto[];
  readonly line: PlainLine;
}

/** What one m-line of the answer makes of an entry. */
interface Taken {
  readonly entry: Entry;
  readonly theirs: PlainMedia;
  readonly media: MediaDescription;
  readonly shared: SharedCodec;
}

/** An offer of the browser on its way to a plain peer, and what comes back. */
export class BrowserOffer {
  readonly #bridge: Bridge;
  readonly #jsep: Jsep;
  readonly #wishes: PlainWishes;
  readonly #entries: readonly Entry[];
  #isAnswered = false;

  private constructor(bridge: Bridge, jsep: Jsep, wishes: PlainWishes, entries: readonly Entry[]) {
    this.#bridge = bridge;
    this.#jsep = jsep;
    this.#wishes = wishes;
    this.#entries = entries;
  }

  /**
   * Opens the legs that the offer needs. Rejects with PluginError 447 if nothing of it can be relayed, 448 if no port
   * is free, and with NegotiationError if it is no SDP.
   */
  static async make(bridge: Bridge, jsep: Jsep, wishes: PlainWishes): Promise<BrowserOffer> {
    const audible = parseSdp(jsep.sdp).media.filter(({ kind }) => kind === 'audio' || kind === 'video');
    for (const media of audible) bridge.placeOf(media);
    const entries: Entry[] = [];
    for (const place of bridge.places) {
      const media = audible.find(({ mid, isRejected }) => mid === place.mid && !isRejected);
      entries.push(await entryOf(bridge, place, media, wishes));
    }
    if (entries.every(({ media }) => media === undefined))
      throw unusable(`No codec can be relayed: the browser offers ${audible.map(codecWords).join('; ')}`);
    return new BrowserOffer(bridge, jsep, wishes, entries);
  }

  /** The offer for the plain peer. */
  describe(): string {
    return this.#bridge.describe(this.#entries.map(({ line }) => line));
  }

  /**
   * Takes the plain peer's answer. Resolves with the answer for the browser; with undefined if the browser has it
   * already, as after early media, and only the plain side changes. Rejects with PluginError 447 or 450.
   */
  async answered(answer: PlainDescription): Promise<Jsep | undefined> {
    const taken = this.#take(answer);
    const jsep = this.#isAnswered
      ? undefined
      : await this.#bridge.parts.handle.answer(this.#jsep, taken.map(planOf));
    const told = jsep && parseSdp(jsep.sdp).media;
    for (const one of taken) this.#carry(one, told?.find(({ mid }) => mid === one.media.mid)?.direction);
    if (!this.#isAnswered)
      for (const { place } of this.#entries)
        if (!taken.some(({ entry }) => entry.place === place)) place.release();
    this.#isAnswered = true;
    return jsep;
  }

  #take({ plain }: PlainDescription): readonly Taken[] {
    if (plain.length !== this.#entries.length)
      throw unusable(`The answer has ${plain.length} m-lines, the offer ${this.#entries.length}`);
    const taken = this.#entries.flatMap((entry, index) => {
      const [theirs, { media }] = [plain[index], entry];
      if (theirs === undefined || media === undefined || !theirs.isUsable) return [];
      const shared = sharedCodec(media, theirs.media);
      if (shared !== undefined) return [{ entry, theirs, media, shared }];
      const [offered, answered] = [codecWords(media), codecWords(theirs.media)];
      throw unusable(`No codec is shared: the browser offers ${offered}; the answer has ${answered}`);
    });
    if (taken.length === 0) throw unusable('The answer accepts no m-line');
    return taken;
  }

  #carry({ entry, theirs, media, shared }: Taken, told: Direction | undefined): void {
    const { ours, theirs: gives } = codecPair(shared);
    const direction = told ?? intersection(theirs.direction, reversed(media.direction));
    const keys = answeredKeys(this.#wishes.srtp, entry.cryptos, theirs);
    entry.place.line?.carry(media.mid, direction, agreementOf(theirs, direction, ours, gives, keys));
  }
}

async function entryOf(
  bridge: Bridge,
  place: Place,
  media: MediaDescription | undefined,
  { srtp, suites, latch }: PlainWishes,
): Promise<Entry> {
  const kind = media?.kind;
  const isAudible = kind === 'audio' || kind === 'video';
  if (media === undefined || !isAudible || relayedCodecs(media).length === 0)
    return { place, media: undefined, cryptos: [], line: removed(place) };
  const { local } = await bridge.openLeg(place, kind, latch);
  const cryptos = offeredCryptos(srtp, suites, bridge.parts.random);
  const line = {
    mediaType: media.mediaType,
    protocol: srtp === 'mandatory' ? 'RTP/SAVP' : 'RTP/AVP',
    port: local.port,
    offeredFormat: '',
    mid: media.mid,
    direction: media.direction,
    codecs: withFeedback(plainOfferCodecs(media), srtp !== 'none'),
    cryptos,
    isRtcpMux: false,
  };
  return { place, media, cryptos, line };
}

/** What the browser is answered: the one codec that the plain peer chose, in the browser's own variant of it. */
function planOf({ media, theirs, shared }: Taken): StreamPlan {
  const { name, parameters } = shared.ours;
  const { mid, mediaType } = media;
  return {
    mid,
    kind: mediaType === 'audio' ? 'audio' : 'video',
    direction: theirs.direction,
    codecs: [name, ...(shared.ourEvents === undefined ? [] : [shared.ourEvents.name])],
    ...(name === 'H264' && { fmtp: { [name]: parameters } }),
  };
}
