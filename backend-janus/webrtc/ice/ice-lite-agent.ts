import { createSecretKey, type KeyObject } from 'node:crypto';
import type { TransportAddress } from '#services/kernel';
import type { AddressTable } from './address-table.ts';
import { CheckedAddresses, type CheckedAddress } from './checked-addresses.ts';
import type { IceCredentials } from './credentials.ts';
import type { StunMessage } from './stun-message.ts';
import { hasIntegrity, printStun } from './stun-printer.ts';

/** Why a check is met with silence. */
export type CheckRefusal =
  /** It is not from the peer we expect, or we expect none yet. */
  | 'unexpected_user'
  /** MESSAGE-INTEGRITY is absent or wrong. */
  | 'unauthentic'
  /** PRIORITY or the role is missing (RFC 8445 sections 7.1.1, 7.1.3). */
  | 'malformed'
  /** Another peer uses the address. */
  | 'address_taken';

/** What became of a check. */
export type CheckResult =
  | { readonly type: 'refused'; readonly reason: CheckRefusal }
  | { readonly type: 'answered'; readonly response: Buffer; readonly hasMoved: boolean };

/** Credentials with what they make. */
interface Generation {
  readonly ufrag: string;
  readonly key: KeyObject;
  /** The USERNAME of the peer's checks; undefined until it is known whom to expect. */
  readonly username: string | undefined;
}

/** RFC 8489 section 14.8 and RFC 8445 section 7.3.1.1. */
const errorCode = { unknownAttribute: 420, roleConflict: 487 };

/**
 * Our side of ICE towards one peer: a lite agent, which answers checks and sends none (RFC 8445 section 2.5).
 *
 * A lite agent is controlled whenever its peer is full, so a peer that says it is controlled is told of the role
 * conflict, as if our tie-breaker were the smallest (RFC 8445 section 7.3.1.1).
 */
export class IceLiteAgent<Owner> {
  readonly #addresses: CheckedAddresses<Owner>;
  #current: Generation;
  /** From before a restart. Keeps consent fresh until a check of the new one arrives (RFC 8445 section 9). */
  #previous: Generation | undefined;
  #checks = 0;
  #lastCheckAt: number | undefined;

  constructor(credentials: IceCredentials, owner: Owner, table: AddressTable<CheckedAddress<Owner>>) {
    this.#addresses = new CheckedAddresses(owner, table);
    this.#current = generation(credentials);
  }

  get remote(): TransportAddress | undefined {
    return this.#addresses.selected;
  }

  /** True once the peer has nominated `remote`. */
  get isNominated(): boolean {
    return this.#addresses.isNominated;
  }

  /** Checks answered with success. */
  get checks(): number {
    return this.#checks;
  }

  /** When the last of them came; the peer consents for 30 s from then (RFC 7675 section 5.1). */
  get lastCheckAt(): number | undefined {
    return this.#lastCheckAt;
  }

  /** From here on checks from `remoteUfrag` count, and from no one else. */
  expect(remoteUfrag: string): void {
    this.#current = { ...this.#current, username: `${this.#current.ufrag}:${remoteUfrag}` };
  }

  /** New credentials, for which nobody is expected yet. */
  restart(credentials: IceCredentials): void {
    if (this.#current.username !== undefined) this.#previous = this.#current;
    this.#current = generation(credentials);
  }

  /** Judges a Binding request and prints the answer. */
  handle(check: StunMessage, bytes: Buffer, from: TransportAddress, now: number): CheckResult {
    const used = this.#generationOf(check.username);
    if (used === undefined) return refused('unexpected_user');
    if (!hasIntegrity(check, bytes, used.key)) return refused('unauthentic');
    const { priority, unknownRequired } = check;
    if (priority === undefined || hasNoRole(check)) return refused('malformed');
    if (unknownRequired.length > 0) return answered(complaint(check, used, errorCode.unknownAttribute));
    if (check.controlled !== undefined) return answered(complaint(check, used, errorCode.roleConflict));
    if (used !== this.#current && !this.#addresses.has(from)) return refused('unexpected_user');
    if (!this.#addresses.mayCheck(from, now)) return refused('address_taken');
    const response = printStun(success(check, from), used.key);
    return answered(response, this.#count(used, priority, check.useCandidate, from, now));
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

  /** True if the peer moved. */
  #count(
    used: Generation,
    priority: number,
    isNominating: boolean,
    from: TransportAddress,
    now: number,
  ): boolean {
    this.#checks += 1;
    this.#lastCheckAt = now;
    if (used !== this.#current) return false;
    if (this.#previous !== undefined) this.#addresses.restart();
    this.#previous = undefined;
    return this.#addresses.check(from, priority, isNominating, now);
  }
}

function generation({ ufrag, password }: IceCredentials): Generation {
  return { ufrag, key: createSecretKey(Buffer.from(password, 'latin1')), username: undefined };
}

function refused(reason: CheckRefusal): CheckResult {
  return { type: 'refused', reason };
}

function answered(response: Buffer, hasMoved = false): CheckResult {
  return { type: 'answered', response, hasMoved };
}

/** A peer is either controlling or controlled; one that claims both is neither. */
function hasNoRole({ controlling, controlled }: StunMessage): boolean {
  return (controlling === undefined) === (controlled === undefined);
}

function success({ transactionId }: StunMessage, mappedAddress: TransportAddress) {
  return { class: 'success', transactionId, mappedAddress } as const;
}

function complaint(check: StunMessage, { key }: Generation, code: number): Buffer {
  const { transactionId, unknownRequired } = check;
  const unknownAttributes = unknownRequired.length > 0 ? { unknownAttributes: unknownRequired } : {};
  return printStun({ class: 'error', transactionId, errorCode: code, ...unknownAttributes }, key);
}
