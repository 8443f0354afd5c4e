import { createSecretKey, type KeyObject } from 'node:crypto';
import type { TransportAddress } from '#services/kernel';
import { CheckedAddresses } from './origins/checked-addresses.ts';
import type { IceCredentials } from './credentials.ts';
import type { Origin } from './entrance.ts';
import { SeenChecks } from './origins/seen-checks.ts';
import type { StunMessage } from './stun-message.ts';
import { hasIntegrity, printStun } from './stun-printer.ts';

/** Why a check is met with silence. */
export type CheckRefusal =
  /** It is not from the peer we expect, or we expect none yet. */
  | 'unexpected_user'
  /** MESSAGE-INTEGRITY is absent or wrong. */
  | 'unauthentic'
  /** It came before, from elsewhere. */
  | 'replayed'
  /** PRIORITY or the role is missing (RFC 8445 sections 7.1.1, 7.1.3). */
  | 'malformed'
  /** Another peer uses the address. */
  | 'address_taken';

/** What became of a check. */
export type CheckResult =
  | { readonly type: 'refused'; readonly reason: CheckRefusal }
  /** Authentic, and told that it cannot count. */
  | { readonly type: 'complained'; readonly response: Buffer }
  | { readonly type: 'answered'; readonly response: Buffer; readonly hasMoved: boolean }
  /** Answered as consent alone: it is of the generation before a restart. */
  | { readonly type: 'consented'; readonly response: Buffer };

/** Credentials with what they make. */
interface Generation {
  readonly ufrag: string;
  readonly key: KeyObject;
  /** The USERNAME of the peer's checks; undefined until it is known whom to expect. */
  readonly username: string | undefined;
}

/** RFC 8489 section 14.8 and RFC 8445 section 7.3.1.1. */
const errorCode = { unknownAttribute: 420, roleConflict: 487 };

/** Which of two agents nominates, and what becomes of a check that claims our side (RFC 8445 section 7.3.1.1). */
export interface IceRole {
  /** False if the peer must be told of a role conflict; may change the role. */
  agreesWith(check: StunMessage): boolean;
}

/**
 * A lite agent is controlled whenever its peer is full, so a peer that says it is controlled is told of the role
 * conflict, as if our tie-breaker were the smallest.
 */
const liteRole: IceRole = { agreesWith: ({ controlled }) => controlled === undefined };

/**
 * Our side of ICE towards one peer: answers its checks, and knows which of its addresses count. That is all of a lite
 * agent (RFC 8445 section 2.5); the checks of a full one are in `full-ice`, and teach the same addresses.
 */
export class IceAgent<Owner> {
  readonly #addresses: CheckedAddresses<Owner>;
  readonly #seen = new SeenChecks();
  #current: Generation;
  /** From before a restart. Keeps consent fresh until a check of the new one arrives (RFC 8445 section 9). */
  #previous: Generation | undefined;
  #role = liteRole;
  #checks = 0;
  #lastCheckAt: number | undefined;

  constructor(credentials: IceCredentials, owner: Owner) {
    this.#addresses = new CheckedAddresses(owner);
    this.#current = generation(credentials);
  }

  get remote(): Origin<Owner> | undefined {
    return this.#addresses.selected;
  }

  /** True once the peer has nominated `remote`. */
  get isNominated(): boolean {
    return this.#addresses.isNominated;
  }

  /** Our ufrag as checks name it now. */
  get ufrag(): string {
    return this.#current.ufrag;
  }

  /** Checks answered with success, theirs and ours. */
  get checks(): number {
    return this.#checks;
  }

  /** When the last of them came; the peer consents for 30 s from then (RFC 7675 section 5.1). */
  get lastCheckAt(): number | undefined {
    return this.#lastCheckAt;
  }

  /** From here on checks from `remoteUfrag` count, and from no one else; `role` is a lite agent's unless given. */
  expect(remoteUfrag: string, role = liteRole): void {
    this.#role = role;
    this.#current = { ...this.#current, username: `${this.#current.ufrag}:${remoteUfrag}` };
  }

  /** New credentials, for which nobody is expected yet. */
  restart(credentials: IceCredentials): void {
    if (this.#current.username !== undefined) this.#previous = this.#current;
    this.#current = generation(credentials);
  }

  /** Judges a Binding request and prints the answer. */
  handle(check: StunMessage, bytes: Buffer, from: Origin<Owner>, now: number): CheckResult {
    const used = this.#generationOf(check.username);
    if (used === undefined) return refused('unexpected_user');
    if (!hasIntegrity(check, bytes, used.key)) return refused('unauthentic');
    if (!this.#seen.take(check.transactionId, from)) return refused('replayed');
    const { priority, unknownRequired } = check;
    if (priority === undefined || hasNoRole(check)) return refused('malformed');
    if (unknownRequired.length > 0) return complained(check, used, errorCode.unknownAttribute);
    if (!this.#role.agreesWith(check)) return complained(check, used, errorCode.roleConflict);
    if (used !== this.#current && !this.#addresses.has(from)) return refused('unexpected_user');
    if (!this.#addresses.mayCheck(from, now)) return refused('address_taken');
    const response = printStun(success(check, from), used.key);
    if (used === this.#current)
      return { type: 'answered', response, hasMoved: this.learn(from, priority, check.useCandidate, now) };
    this.#touch(now);
    return { type: 'consented', response };
  }

  /**
   * Takes note of a check that was answered: theirs by us, or ours by them. `priority` is that of the remote candidate.
   * True if the peer moved.
   */
  learn(from: Origin<Owner>, priority: number, isNominating: boolean, now: number): boolean {
    this.#touch(now);
    if (this.#previous !== undefined) this.#addresses.restart();
    this.#previous = undefined;
    return this.#addresses.check(from, priority, isNominating, now);
  }

  /** True if our checks may go there, and their answers would count: no other peer uses the address. */
  mayCheck(from: Origin<Owner>, now: number): boolean {
    return this.#addresses.mayCheck(from, now);
  }

  /** The way to an address is gone. True if the peer moved. */
  lose(from: Origin<Owner>, now: number): boolean {
    return this.#addresses.lose(from, now);
  }

  /** Forgets all addresses. */
  clear(): void {
    this.#addresses.clear();
  }

  #generationOf(username: string | undefined): Generation | undefined {
    if (username === undefined) return undefined;
    if (username === this.#current.username) return this.#current;
    return username === this.#previous?.username ? this.#previous : undefined;
  }

  #touch(now: number): void {
    this.#checks += 1;
    this.#lastCheckAt = now;
  }
}

function generation({ ufrag, password }: IceCredentials): Generation {
  return { ufrag, key: createSecretKey(Buffer.from(password, 'latin1')), username: undefined };
}

function refused(reason: CheckRefusal): CheckResult {
  return { type: 'refused', reason };
}

/** A peer is either controlling or controlled; one that claims both is neither. */
function hasNoRole({ controlling, controlled }: StunMessage): boolean {
  return (controlling === undefined) === (controlled === undefined);
}

function success({ transactionId }: StunMessage, mappedAddress: TransportAddress) {
  return { class: 'success', transactionId, mappedAddress } as const;
}

function complained(check: StunMessage, { key }: Generation, code: number): CheckResult {
  const { transactionId, unknownRequired } = check;
  const unknownAttributes = unknownRequired.length > 0 ? { unknownAttributes: unknownRequired } : {};
  const response = printStun({ class: 'error', transactionId, errorCode: code, ...unknownAttributes }, key);
  return { type: 'complained', response };
}
