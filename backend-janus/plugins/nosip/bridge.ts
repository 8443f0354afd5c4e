import { PluginError, type HandlePort } from '#janus/gateway';
import {
  printPlainSdp,
  type Encoding,
  type LatchMode,
  type MediaDescription,
  type MediaRouter,
  type PlainLine,
  type PlainRtp,
  type PlainRtpFactory,
  type PlainRtpStats,
  type RtpSink,
  type SrtpProfile,
} from '#janus/media';
import type { Random } from '#services/kernel';
import { noSipErrors, type SrtpWish } from './nosip-request.ts';
import { Place } from './place.ts';

/** Each takes two sockets; no phone has as many. */
const mostPlaces = 8;

/** What bridges between WebRTC and plain RTP are made of. */
export interface NoSipParts {
  readonly router: MediaRouter;
  readonly plainRtp: PlainRtpFactory;
  readonly random: Random;
}

/** What one bridge is made of. */
export interface BridgeParts extends NoSipParts {
  readonly handle: HandlePort;
}

/** What a client wishes of the plain side. */
export interface PlainWishes {
  readonly srtp: SrtpWish;
  /** Of our offers. */
  readonly suites: readonly SrtpProfile[];
  readonly latch: LatchMode;
}

/** The m-lines between one browser and one plain peer, and our side of the plain session. */
export class Bridge implements Disposable {
  readonly parts: BridgeParts;
  /** In the order of the plain m-lines. */
  readonly #places: Place[] = [];
  readonly #sessionId: string;
  #version = 0;
  #address = '';

  constructor(parts: BridgeParts) {
    this.parts = parts;
    this.#sessionId = String(parts.random.uint32());
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** The place of the browser's m-line `mid`, made behind the others; undefined if there are too many. */
  placeOf({ mid, mediaType }: MediaDescription): Place | undefined {
    const known = this.#places.find((place) => place.mid === mid);
    return known ?? this.#add(new Place(mediaType, mid));
  }

  /** The place of the plain m-line `index`, made if it is the next one; undefined if there are too many. */
  placeAt(index: number, mediaType: string): Place | undefined {
    return this.#places[index] ?? this.#add(new Place(mediaType));
  }

  /** The leg of a place. Rejects with PluginError 448 if no port is free. */
  async openLeg(place: Place, kind: 'audio' | 'video', latch: LatchMode): Promise<PlainRtp> {
    const leg = await place.open(kind, latch, this.parts.plainRtp, this.parts);
    this.#address = leg.local.address;
    return leg;
  }

  /** Our side of the plain session, in a new version. */
  describe(lines: readonly PlainLine[]): string {
    this.#version += 1;
    const origin = { sessionId: this.#sessionId, version: this.#version, address: this.#address };
    return printPlainSdp(origin, lines);
  }

  /** Where the packets go that the browser sends on `mid`; undefined if nothing is bridged there. */
  open(mid: string, encoding: Encoding): RtpSink | undefined {
    return this.#places.find((place) => place.mid === mid)?.line?.open(encoding, mid);
  }

  /** Counters of the plain legs, by the browser's mids. */
  stats(): readonly (PlainRtpStats & { readonly mid: string | undefined })[] {
    return this.#places.flatMap(({ mid, line }) =>
      line === undefined ? [] : [{ mid, ...line.leg.stats() }],
    );
  }

  [Symbol.dispose](): void {
    for (const place of this.#places) place[Symbol.dispose]();
  }

  #add(place: Place): Place | undefined {
    if (this.#places.length >= mostPlaces) return undefined;
    this.#places.push(place);
    return place;
  }
}

/** Refuses a description; `what` is for people. */
export function unusable(what: string): PluginError {
  return new PluginError(noSipErrors.invalidSdp, what);
}
