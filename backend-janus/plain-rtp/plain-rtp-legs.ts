import { Roster } from '#services/kernel';
import { NegotiationError } from '#janus/media';
import type { PlainRtp, PlainRtpFactory, PlainRtpOptions } from '#janus/media';
import { PlainLeg, type PlainRtpParts } from './plain-leg.ts';
import { PortPairs, type PortRange } from './port-pairs.ts';

/** Where plain RTP legs live. */
export interface PlainRtpLegsOptions {
  /** The IP address to bind. */
  readonly address: string;
  /** The one to name in SDP, if it is another. */
  readonly announcedAddress?: string;
  readonly ports: PortRange;
  /** More legs than this are refused. Default: as many as the range has pairs. */
  readonly mostLegs?: number;
}

/** Plain RTP legs on UDP sockets from a range of ports. Disposing closes those that are left. */
export class PlainRtpLegs implements PlainRtpFactory, AsyncDisposable {
  readonly #parts: PlainRtpParts;
  readonly #pairs: PortPairs;
  readonly #announced: string;
  readonly #most: number;
  readonly #legs = new Roster<PlainRtp>();
  #opening = 0;
  #isClosed = false;

  /** Throws RangeError if the range holds no pair of ports. */
  constructor(parts: PlainRtpParts, { address, announcedAddress, ports, mostLegs }: PlainRtpLegsOptions) {
    this.#parts = parts;
    this.#pairs = new PortPairs(parts.sockets, parts.random, address, ports);
    this.#announced = announcedAddress ?? address;
    this.#most = mostLegs ?? Infinity;
  }

  /** Legs that are not disposed; zero when nothing leaks. */
  get size(): number {
    return this.#legs.size;
  }

  async open(options: PlainRtpOptions): Promise<PlainRtp> {
    if (this.#isClosed) throw new NegotiationError('plain RTP is closed');
    if (this.#legs.size + this.#opening >= this.#most) throw new NegotiationError('too many plain RTP legs');
    this.#opening += 1;
    try {
      return await this.#open(options);
    } finally {
      this.#opening -= 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#legs].map((leg) => leg[Symbol.asyncDispose]()));
  }

  async #open(options: PlainRtpOptions): Promise<PlainRtp> {
    const surroundings = { ...this.#parts, announcedAddress: this.#announced };
    let place: Disposable | undefined = undefined;
    const leg = new PlainLeg(surroundings, options, () => place?.[Symbol.dispose]());
    leg.start(await this.#pairs.bind(leg.rtp, leg.rtcp));
    place = this.#legs.add(leg);
    if (this.#isClosed) await leg[Symbol.asyncDispose]();
    return leg;
  }
}
