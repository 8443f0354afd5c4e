import type { Random } from '#services/kernel';
import type { IceRole } from '../ice/ice-agent.ts';
import type { StunMessage } from '../ice/stun-message.ts';

/** The role of a full agent, which a conflict may turn round (RFC 8445 section 7.3.1.1). */
export class NegotiatedRole implements IceRole {
  readonly tieBreaker: bigint;
  #isControlling: boolean;

  constructor(isControlling: boolean, random: Random) {
    this.#isControlling = isControlling;
    this.tieBreaker = Buffer.from(random.bytes(8)).readBigUInt64BE();
  }

  /** True if it is we who nominate. */
  get isControlling(): boolean {
    return this.#isControlling;
  }

  /** Who has the larger tie-breaker keeps controlling; the other is told, or gives way by itself. */
  agreesWith({ controlling, controlled }: StunMessage): boolean {
    const claimed = this.#isControlling ? controlling : controlled;
    if (claimed === undefined) return true;
    const isOurs = this.tieBreaker >= claimed;
    if (isOurs === this.#isControlling) return false;
    this.#isControlling = isOurs;
    return true;
  }

  /** The peer refused a check that we sent as controlling or not: it is to be the other one. */
  giveWay(wasControlling: boolean): void {
    this.#isControlling = !wasControlling;
  }
}
