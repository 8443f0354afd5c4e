import type { DtlsRole, LocalTransport, NegotiatedMedia } from '#janus/media';
import type { Random } from '#services/kernel';
import type { Certificate } from '../dtls/certificate.ts';
import type { IceCredentials } from '../ice/credentials.ts';
import { maxMessageBytes } from '../sctp/data-channels.ts';

/** What our descriptions say that the connection itself does not make. */
export interface IdentityParts {
  readonly random: Random;
  readonly certificate: Certificate;
  readonly cname: string;
}

/** What of a description depends on when it is made. */
export interface CurrentTransport {
  /** Undefined if it may be chosen. */
  readonly dtlsRole: DtlsRole | undefined;
  readonly isIceLite: boolean;
  /** How peers reach us, as in `a=candidate`, without `a=`. */
  readonly candidates: readonly string[];
}

/** Who we are in the descriptions of one connection: its origin, their versions, the SSRCs that we send with. */
export class LocalIdentity {
  readonly #parts: IdentityParts;
  readonly #origin: string;
  /** By mid, then by use. */
  #ssrcs: ReadonlyMap<string, Map<string, number>> = new Map();
  /** Those of the last description, which may come to nothing. */
  #drafted: ReadonlyMap<string, Map<string, number>> = new Map();
  #version = 0;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    this.#origin = String(parts.random.uint32());
  }

  /** SSRCs that are given to an m-line. */
  get size(): number {
    return [...this.#ssrcs.values()].reduce((sum, uses) => sum + uses.size, 0);
  }

  /**
   * What the next description says. SSRCs are as before where the m-line had some; new ones are kept if `agreed`
   * follows, so that offers which fail leave nothing.
   */
  describe(credentials: IceCredentials, current: CurrentTransport): LocalTransport {
    const { dtlsRole, isIceLite, candidates } = current;
    this.#version += 1;
    const drafted = new Map([...this.#ssrcs].map(([mid, uses]) => [mid, new Map(uses)]));
    this.#drafted = drafted;
    return {
      iceUfrag: credentials.ufrag,
      icePwd: credentials.password,
      isIceLite,
      fingerprints: [this.#parts.certificate.fingerprint],
      candidates,
      hasAllCandidates: true,
      origin: { sessionId: this.#origin, version: this.#version },
      cname: this.#parts.cname,
      hasTransportCc: true,
      maxMessageSize: maxMessageBytes,
      ...(dtlsRole && { dtlsRole }),
      allocateSsrc: (mid, use) => this.#ssrc(drafted, mid, use),
    };
  }

  /** The last description became part of an agreement: m-lines that it does not have, or rejects, give up their SSRCs. */
  agreed(media: readonly NegotiatedMedia[]): void {
    const live = new Set(media.filter(({ isRejected }) => !isRejected).map(({ mid }) => mid));
    this.#ssrcs = new Map([...this.#drafted].filter(([mid]) => live.has(mid)));
  }

  #ssrc(drafted: Map<string, Map<string, number>>, mid: string, use: string): number {
    const uses = drafted.get(mid) ?? new Map<string, number>();
    drafted.set(mid, uses);
    const known = uses.get(use);
    if (known !== undefined) return known;
    const taken = new Set([...drafted.values()].flatMap((ssrcs) => [...ssrcs.values()]));
    let ssrc = this.#parts.random.uint32();
    while (ssrc === 0 || taken.has(ssrc)) ssrc = this.#parts.random.uint32();
    uses.set(use, ssrc);
    return ssrc;
  }
}
