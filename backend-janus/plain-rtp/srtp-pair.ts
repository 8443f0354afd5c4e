import type {
  InboundSrtpContext,
  OutboundSrtpContext,
  PlainAgreement,
  SrtpContextFactory,
} from '#janus/media';

type Keys = NonNullable<PlainAgreement['keys']>;
type OneWay = Keys['inbound'];

/** The SRTP contexts of one leg. Keys that are agreed again go on, so that no key stream is used twice. */
export class SrtpPair {
  readonly #factory: SrtpContextFactory;
  #keys: Keys | undefined;
  #inbound: InboundSrtpContext | undefined;
  #outbound: OutboundSrtpContext | undefined;

  constructor(factory: SrtpContextFactory) {
    this.#factory = factory;
  }

  /** Undefined where there is no protection. */
  get inbound(): InboundSrtpContext | undefined {
    return this.#inbound;
  }

  get outbound(): OutboundSrtpContext | undefined {
    return this.#outbound;
  }

  agreed(keys: Keys | undefined): void {
    const before = this.#keys;
    this.#keys = keys;
    if (keys === undefined) {
      this.#inbound = this.#outbound = undefined;
      return;
    }
    if (!isSame(before?.inbound, keys.inbound)) this.#inbound = this.#factory.inbound(keys.inbound);
    if (!isSame(before?.outbound, keys.outbound)) this.#outbound = this.#factory.outbound(keys.outbound);
  }
}

function isSame(one: OneWay | undefined, other: OneWay): boolean {
  if (one?.profile !== other.profile) return false;
  return one.masterKey.equals(other.masterKey) && one.masterSalt.equals(other.masterSalt);
}
