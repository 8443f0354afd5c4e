import { createSecretKey, type KeyObject } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock, Random, TransportAddress } from '#services/kernel';
import type { Entrance, Origin } from '../ice/entrance.ts';
import type { IceAgent } from '../ice/ice-agent.ts';
import { hasIntegrity, printStun } from '../ice/stun-printer.ts';
import type { TokenBucket } from '#janus/media';
import { mayContact } from './address-policy.ts';
import { CheckList, type CandidatePair, type Turn } from './check-list.ts';
import { NegotiatedRole } from './negotiated-role.ts';
import { readCandidate } from './remote-candidate.ts';
import type { StunResponse, Transactions } from './transactions.ts';

/** The other side, as its description says. */
export interface RemoteAgent {
  readonly ufrag: string;
  readonly password: string;
  /** As `candidate:…`; what cannot or must not be contacted is left out. */
  readonly candidates: readonly string[];
}

/** What the checks of all peers share. */
export interface CheckingParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Our addresses beside those that sockets are bound to; they say which networks we are on. Default none. */
  readonly announced?: readonly string[];
}

/** What the checks of one peer do to the rest of it. */
export interface CheckedPeer<Owner> {
  readonly agent: IceAgent<Owner>;
  readonly entrances: readonly Entrance<Owner>[];
  readonly transactions: Transactions;
  /** One token for each request to an address that has not answered yet, of all peers together. */
  readonly probes: TokenBucket;
  /** `agent.remote` is new or another one. */
  moved(): void;
}

/** RFC 8445 section 5.1.2.1: type preference of a peer-reflexive candidate, and component 1. */
const priority = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255;

const roleConflict = 487;

/** Of a pair, the transaction that waits for its answer. */
interface Open {
  readonly id: Buffer;
  readonly request: Buffer;
  readonly wasControlling: boolean;
  readonly isNominating: boolean;
}

/**
 * The asking half of a full ICE agent (RFC 8445): sends checks to the peer's candidates from the shared port, nominates
 * if it is ours to do, and asks for consent (RFC 7675) ever after.
 *
 * An address counts once it answered a check of ours, by the same rules as one that sent a check. Limits: host and
 * server-reflexive candidates of ours, which are one to a check; no relays.
 */
export class ConnectivityChecks<Owner> implements Disposable {
  readonly role: NegotiatedRole;
  readonly #parts: CheckingParts;
  readonly #peer: CheckedPeer<Owner>;
  readonly #username: string;
  readonly #key: KeyObject;
  readonly #list: CheckList<Owner>;
  readonly #open = new Map<CandidatePair<Owner>, Open>();
  #timer: Disposable | undefined;

  constructor(parts: CheckingParts, peer: CheckedPeer<Owner>, remote: RemoteAgent, isControlling: boolean) {
    const { random } = parts;
    this.#parts = parts;
    this.#peer = peer;
    this.#username = usernameOf(remote, peer);
    this.#key = createSecretKey(Buffer.from(remote.password, 'latin1'));
    this.role = new NegotiatedRole(isControlling, random);
    this.#list = new CheckList(this.role, () => random.uint32() / 2 ** 32);
    for (const candidate of remote.candidates) this.#add(candidate);
    this.#arm();
  }

  /** How many remote addresses are kept to be checked. */
  get size(): number {
    return this.#list.pairs.length;
  }

  /** True if the other side is the same as ever, and neither restarted ICE. */
  isOf(remote: RemoteAgent): boolean {
    return this.#username === usernameOf(remote, this.#peer);
  }

  /** One more of the peer's candidates; ignored if it must not be contacted, or is one too many. */
  addCandidate(candidate: string): void {
    this.#add(candidate);
    this.#arm();
  }

  /** An authenticated check came from there. */
  heard(from: Origin<Owner>, remotePriority: number, isNominating: boolean, now: number): void {
    this.#list.heard(from, remotePriority, isNominating, now);
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const { id } of this.#open.values()) this.#peer.transactions.close(id);
    this.#open.clear();
  }

  #add(text: string): void {
    const candidate = readCandidate(text);
    if (candidate === undefined) return;
    const { announced = [] } = this.#parts;
    const via = this.#peer.entrances.find((one) => isReached(one, candidate, announced));
    if (via === undefined || isOurs(via, candidate)) return;
    const { address, port } = candidate;
    this.#list.add({ via, address, port }, candidate.priority);
  }

  /** Never at once: whoever gives candidates has yet to send its description. */
  #arm(at = this.#list.deadline): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = at === undefined ? undefined : this.#parts.clock.at(at, this.#tick);
  }

  readonly #tick = (): void => {
    const now = this.#parts.clock.now();
    const used = new Set<Entrance<Owner>>();
    let turn = this.#list.due(now);
    while (turn !== undefined) {
      if (this.#send(turn, now)) used.add(turn.pair.via);
      turn = this.#list.due(now);
    }
    for (const { carrier } of used) carrier.flush();
    this.#arm();
  };

  /** False if it had to be left out: it counts as lost, and is repeated. */
  #send({ pair, isNew }: Turn<Owner>, now: number): boolean {
    const known = this.#open.get(pair);
    const open = isNew || known === undefined ? this.#begin(pair) : known;
    if (pair.state !== 'valid' && !this.#peer.probes.take(now)) return false;
    if (!this.#peer.agent.mayCheck(pair, now)) return false;
    pair.via.carrier.send(open.request, pair);
    return true;
  }

  #begin(pair: CandidatePair<Owner>): Open {
    this.#end(pair);
    const id = Buffer.from(this.#parts.random.bytes(12));
    const { isControlling, tieBreaker } = this.role;
    const { isNominating } = pair;
    const request = printStun(
      {
        class: 'request',
        transactionId: id,
        username: this.#username,
        priority,
        useCandidate: isNominating,
        ...(isControlling ? { controlling: tieBreaker } : { controlled: tieBreaker }),
      },
      this.#key,
    );
    const open = { id, request, wasControlling: isControlling, isNominating };
    this.#open.set(pair, open);
    this.#peer.transactions.open(id, (response, now) => this.#receive(pair, open, response, now));
    return open;
  }

  #end(pair: CandidatePair<Owner>): void {
    const open = this.#open.get(pair);
    if (open === undefined) return;
    this.#open.delete(pair);
    this.#peer.transactions.close(open.id);
  }

  /** RFC 8445 section 7.2.5: authentic, and from where the request went. */
  #receive(pair: CandidatePair<Owner>, open: Open, response: StunResponse, now: number): boolean {
    const { message, bytes, by, from } = response;
    const isThere = by === pair.via.carrier && from.port === pair.port && from.address === pair.address;
    if (!isThere || !hasIntegrity(message, bytes, this.#key)) return false;
    this.#end(pair);
    if (message.class === 'success') this.#succeeded(pair, open, now);
    else if (message.errorCode === roleConflict) this.#conflicted(pair, open);
    else this.#list.failed(pair);
    this.#arm();
    return true;
  }

  #succeeded(pair: CandidatePair<Owner>, { isNominating }: Open, now: number): void {
    const { agent } = this.#peer;
    if (!agent.mayCheck(pair, now)) return this.#list.failed(pair);
    this.#list.succeeded(pair, now);
    if (agent.learn(pair, pair.priority, isNominating, now)) this.#peer.moved();
  }

  #conflicted(pair: CandidatePair<Owner>, { wasControlling }: Open): void {
    this.role.giveWay(wasControlling);
    this.#list.again(pair);
  }
}

/** USERNAME of our checks: the receiver's ufrag, a colon and ours (RFC 8445 section 7.2.2). */
function usernameOf<Owner>(remote: RemoteAgent, { agent }: CheckedPeer<Owner>): string {
  return `${remote.ufrag}:${agent.ufrag}`;
}

/** The socket of its family may send there. */
function isReached<Owner>(
  { protocol, carrier }: Entrance<Owner>,
  { address, port }: TransportAddress,
  announced: readonly string[],
): boolean {
  const { local } = carrier;
  if (protocol !== 'udp' || isIPv6(local.address) !== isIPv6(address)) return false;
  return mayContact(address, port, [local.address, ...announced]);
}

function isOurs<Owner>({ carrier }: Entrance<Owner>, { address, port }: TransportAddress): boolean {
  return carrier.local.address === address && carrier.local.port === port;
}
