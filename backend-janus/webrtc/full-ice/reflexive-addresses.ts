import { isIPv6 } from 'node:net';
import type { Clock, Random, TransportAddress } from '#services/kernel';
import type { Carrier } from '../ice/entrance.ts';
import { printBindingRequest } from '../ice/stun-printer.ts';
import type { StunResponse, Transactions } from './transactions.ts';

/** What a ReflexiveAddresses works with. */
export interface ReflexiveParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly carriers: readonly Carrier[];
  readonly transactions: Transactions;
}

/** An address that a server saw us at, and the one of ours that is behind it. */
export interface ReflexiveAddress {
  readonly mapped: TransportAddress;
  readonly base: TransportAddress;
}

/** RFC 8445 section 11 asks for less than 15 s between datagrams that keep a binding of a NAT. */
const refreshMs = 14_000;

/** At the beginning the next request does not wait so long. */
const impatientMs: readonly number[] = [250, 500, 1_000];

/** An address that no server has confirmed for so long is no longer ours. */
const forgottenMs = 4 * refreshMs;

/** One of our sockets and one server. */
interface Inquiry {
  readonly by: Carrier;
  readonly server: TransportAddress;
  id: Buffer | undefined;
  requests: number;
  answer: ReflexiveAddress | undefined;
  answeredAt: number;
}

/**
 * Asks STUN servers (RFC 8489) at which address our sockets are seen from outside, and keeps that so.
 *
 * Asks those that it is given and nobody else; by address, so that no name is resolved.
 */
export class ReflexiveAddresses implements Disposable {
  readonly #parts: ReflexiveParts;
  readonly #inquiries: readonly Inquiry[];
  readonly #isSettled: Promise<void>;
  #settle = (): void => undefined;
  #timer: Disposable | undefined;
  #rounds = 0;

  constructor(parts: ReflexiveParts, servers: readonly TransportAddress[]) {
    this.#parts = parts;
    this.#inquiries = servers.flatMap((server) =>
      parts.carriers
        .filter(({ local }) => isIPv6(local.address) === isIPv6(server.address))
        .map((by) => ({ by, server, id: undefined, requests: 0, answer: undefined, answeredAt: -Infinity })),
    );
    this.#isSettled = new Promise((resolve) => (this.#settle = resolve));
    this.#ask();
  }

  /** Fulfilled once every server has answered, or has had a second to do so. */
  get settled(): Promise<void> {
    return this.#isSettled;
  }

  /** Each once; none that is our own address. */
  get addresses(): readonly ReflexiveAddress[] {
    const byText = new Map<string, ReflexiveAddress>();
    for (const { answer, by } of this.#inquiries) {
      if (answer === undefined || isSame(answer.mapped, by.local)) continue;
      byText.set(`${answer.mapped.address} ${answer.mapped.port}`, answer);
    }
    return [...byText.values()];
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const { id } of this.#inquiries) if (id !== undefined) this.#parts.transactions.close(id);
    this.#settle();
  }

  readonly #ask = (): void => {
    const now = this.#parts.clock.now();
    const wait = impatientMs[this.#rounds];
    this.#rounds += 1;
    if (wait === undefined || this.#isAnswered) this.#settle();
    for (const inquiry of this.#inquiries) {
      if (wait === undefined || inquiry.answer === undefined) this.#request(inquiry, now);
    }
    if (this.#inquiries.length === 0) return;
    this.#timer = this.#parts.clock.at(now + (wait ?? refreshMs), this.#ask);
  };

  get #isAnswered(): boolean {
    return this.#inquiries.every(({ answer }) => answer !== undefined);
  }

  #request(inquiry: Inquiry, now: number): void {
    const { transactions, random } = this.#parts;
    if (inquiry.id !== undefined) transactions.close(inquiry.id);
    if (now - inquiry.answeredAt > forgottenMs) inquiry.answer = undefined;
    const id = Buffer.from(random.bytes(12));
    inquiry.id = id;
    transactions.open(id, (response, at) => this.#receive(inquiry, response, at));
    inquiry.by.send(printBindingRequest(id), inquiry.server);
    inquiry.by.flush();
  }

  /** The transaction id is the proof: nobody but the server, and who is on the way to it, has seen it. */
  #receive(inquiry: Inquiry, { message, by, from }: StunResponse, now: number): boolean {
    const { mappedAddress: mapped } = message;
    if (by !== inquiry.by || !isSame(from, inquiry.server)) return false;
    if (message.class !== 'success' || mapped === undefined) return false;
    inquiry.answer = { mapped, base: by.local };
    inquiry.answeredAt = now;
    if (this.#isAnswered) this.#settle();
    return true;
  }
}

function isSame(one: TransportAddress, other: TransportAddress): boolean {
  return one.port === other.port && one.address === other.address;
}
