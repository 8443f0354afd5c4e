import type { Origin } from '../ice/entrance.ts';

/** RFC 8445 section 14.2: no new check sooner after another. */
const paceMs = 50;

/** RFC 8445 section 14.3; each one after it is twice as long. */
const firstRetryMs = 500;

/** So that a lossy way is found within the time that a connection has. RFC 8489 section 6.2.1 goes on doubling. */
const longestRetryMs = 2_000;

/** RFC 8489 section 6.2.1: requests of one check, which here has failed after 11.5 s. */
const mostAttempts = 7;

/** Time for a better pair to answer, once there is one that could be nominated. */
const nominationPatienceMs = 200;

/** The chosen pair is given up for another valid one once two requests for consent went unanswered. */
const lostMs = 12_000;

/** RFC 7675 section 5.1: consent is asked for every 5 s, give or take a fifth. */
const consentMs = { least: 4_000, spread: 2_000 };

/** Candidates of a description or trickled ones, and addresses that checks came from beside them. */
const mostPairs = { announced: 64, learnt: 16 };

/** Our way to one remote candidate: we have one address of each family, so there is one pair for each candidate. */
export interface CandidatePair<Owner> extends Origin<Owner> {
  /** Of the remote candidate. */
  readonly priority: number;
  /** `valid` is that a check was answered. */
  readonly state: 'waiting' | 'checking' | 'valid' | 'failed';
  readonly isNominating: boolean;
}

interface Pair<Owner> extends CandidatePair<Owner> {
  readonly isLearnt: boolean;
  state: CandidatePair<Owner>['state'];
  isNominating: boolean;
  attempts: number;
  /** When it is its turn again; of no meaning while `waiting`. */
  nextAt: number;
  /** When it was chosen, or answered after that. */
  freshAt: number;
}

/** A request to send now. */
export interface Turn<Owner> {
  readonly pair: CandidatePair<Owner>;
  /** Of a new transaction; else it repeats the one before. */
  readonly isNew: boolean;
}

/**
 * Which pair is checked when, and which is nominated (RFC 8445 sections 6.1.4, 7.2.5, 8.1): rules without I/O.
 *
 * Regular nomination; one component; the local side of a pair is the port itself.
 */
export class CheckList<Owner> {
  readonly #role: { readonly isControlling: boolean };
  readonly #chance: () => number;
  readonly #pairs: Pair<Owner>[] = [];
  /** Addresses that checks came from go first (RFC 8445 section 6.1.4.1). */
  readonly #triggered: Pair<Owner>[] = [];
  #chosen: Pair<Owner> | undefined;
  #nextStartAt = -Infinity;
  #firstValidAt: number | undefined;

  /** `chance` gives numbers from 0 to below 1, evenly. */
  constructor(role: { readonly isControlling: boolean }, chance: () => number) {
    this.#role = role;
    this.#chance = chance;
  }

  /** All that it knows, in the order they came. */
  get pairs(): readonly CandidatePair<Owner>[] {
    return this.#pairs;
  }

  /** The nominated one. */
  get chosen(): CandidatePair<Owner> | undefined {
    return this.#chosen;
  }

  /** False if it is known already, or one too many. */
  add(remote: Origin<Owner>, priority: number): boolean {
    if (this.#find(remote) !== undefined || this.#count(false) >= mostPairs.announced) return false;
    this.#push(remote, priority, false);
    return true;
  }

  /** The peer checked us from there: so do we it (RFC 8445 section 7.3.1.4). */
  heard(remote: Origin<Owner>, priority: number, isNominating: boolean, now: number): void {
    const pair = this.#find(remote) ?? this.#learn(remote, priority);
    if (pair === undefined) return;
    if (isNominating && !this.#role.isControlling) this.#choose(pair, now);
    if (pair.state !== 'valid' && pair.state !== 'checking' && !this.#triggered.includes(pair)) {
      pair.state = 'waiting';
      this.#triggered.push(pair);
    }
  }

  /** A check of ours was answered. */
  succeeded(pair: CandidatePair<Owner>, now: number): void {
    const known = this.#find(pair);
    if (known === undefined) return;
    known.state = 'valid';
    known.freshAt = now;
    known.nextAt = known === this.#chosen ? this.#nextConsentAt(now) : Infinity;
    this.#firstValidAt ??= now;
    if (known.isNominating) this.#choose(known, now);
    known.isNominating = false;
  }

  /** A check of ours was refused. */
  failed(pair: CandidatePair<Owner>): void {
    const known = this.#find(pair);
    if (known !== undefined) this.#fail(known);
  }

  /** It is to be checked anew, in another role. */
  again(pair: CandidatePair<Owner>): void {
    const known = this.#find(pair);
    if (known === undefined) return;
    known.state = 'waiting';
    known.isNominating = false;
    this.#triggered.push(known);
  }

  /** The next request that is due; ask until there is none. */
  due(now: number): Turn<Owner> | undefined {
    this.#nominate(now);
    for (const pair of this.#pairs) {
      if (pair.state === 'checking' && pair.nextAt <= now && pair.attempts === mostAttempts) this.#fail(pair);
    }
    const timed = this.#pairs.find((pair) => isTimed(pair) && pair.nextAt <= now);
    if (timed !== undefined) return this.#repeat(timed, now);
    if (this.#nextStartAt > now) return undefined;
    const next = this.#nextWaiting();
    return next && this.#start(next, now);
  }

  /** When `due` has something again, unless something happens before; undefined if never. */
  get deadline(): number | undefined {
    const times = this.#pairs.filter(isTimed).map(({ nextAt }) => nextAt);
    if (this.#pairs.some((pair) => this.#isEligible(pair))) times.push(this.#nextStartAt);
    const nominateAt = this.#nominateAt;
    if (nominateAt !== undefined) times.push(nominateAt);
    const first = Math.min(...times);
    return first === Infinity ? undefined : first;
  }

  #find({ via, address, port }: Origin<Owner>): Pair<Owner> | undefined {
    return this.#pairs.find((pair) => pair.port === port && pair.address === address && pair.via === via);
  }

  #count(isLearnt: boolean): number {
    return this.#pairs.filter((pair) => pair.isLearnt === isLearnt).length;
  }

  #learn(remote: Origin<Owner>, priority: number): Pair<Owner> | undefined {
    return this.#count(true) < mostPairs.learnt ? this.#push(remote, priority, true) : undefined;
  }

  #push({ via, address, port }: Origin<Owner>, priority: number, isLearnt: boolean): Pair<Owner> {
    const fresh = {
      state: 'waiting',
      isNominating: false,
      attempts: 0,
      nextAt: Infinity,
      freshAt: 0,
    } as const;
    const pair: Pair<Owner> = { via, address, port, priority, isLearnt, ...fresh };
    this.#pairs.push(pair);
    return pair;
  }

  /** Checks that were under way are of no use any more (RFC 8445 section 8.1.2). */
  #choose(pair: Pair<Owner>, now: number): void {
    for (const other of this.#pairs) {
      if (other === pair) continue;
      if (other.state === 'checking') this.#fail(other);
      other.nextAt = Infinity;
    }
    this.#chosen = pair;
    pair.freshAt = now;
    if (pair.state === 'valid') pair.nextAt = this.#nextConsentAt(now);
  }

  #nextConsentAt(now: number): number {
    return now + consentMs.least + consentMs.spread * this.#chance();
  }

  #fail(pair: Pair<Owner>): void {
    pair.state = 'failed';
    pair.isNominating = false;
  }

  /** When the best valid pair is nominated; undefined if there is none, or it is not ours to do. */
  get #nominateAt(): number | undefined {
    const best = this.#bestOf('valid');
    if (!this.#role.isControlling || best === undefined || this.#firstValidAt === undefined) return undefined;
    if (this.#pairs.some(({ isNominating }) => isNominating)) return undefined;
    if (this.#chosen !== undefined) return best === this.#chosen ? undefined : this.#chosen.freshAt + lostMs;
    const isBest = this.#pairs.every((pair) => isSettled(pair) || pair.priority <= best.priority);
    return isBest ? -Infinity : this.#firstValidAt + nominationPatienceMs;
  }

  #nominate(now: number): void {
    const at = this.#nominateAt;
    const best = this.#bestOf('valid');
    if (at === undefined || at > now || best === undefined) return;
    best.isNominating = true;
    best.state = 'waiting';
    this.#triggered.unshift(best);
    this.#nextStartAt = Math.min(this.#nextStartAt, now);
  }

  /** Of the highest priority; the chosen one last, since it is there already. */
  #bestOf(state: Pair<Owner>['state']): Pair<Owner> | undefined {
    const fit = this.#pairs.filter((pair) => pair.state === state);
    const rank = (pair: Pair<Owner>): number => (pair === this.#chosen ? -1 : pair.priority);
    return fit.sort((one, other) => rank(other) - rank(one))[0];
  }

  /** Once a pair is chosen only what the peer itself asked for is still checked. */
  #isEligible(pair: Pair<Owner>): boolean {
    return pair.state === 'waiting' && (this.#chosen === undefined || this.#triggered.includes(pair));
  }

  #nextWaiting(): Pair<Owner> | undefined {
    let next = this.#triggered.shift();
    while (next !== undefined && next.state !== 'waiting') next = this.#triggered.shift();
    return next ?? (this.#chosen === undefined ? this.#bestOf('waiting') : undefined);
  }

  #start(pair: Pair<Owner>, now: number): Turn<Owner> {
    pair.state = 'checking';
    pair.attempts = 1;
    pair.nextAt = now + firstRetryMs;
    this.#nextStartAt = now + paceMs;
    return { pair, isNew: true };
  }

  #repeat(pair: Pair<Owner>, now: number): Turn<Owner> {
    if (pair.state === 'valid') {
      pair.nextAt = this.#nextConsentAt(now);
      return { pair, isNew: true };
    }
    pair.attempts += 1;
    pair.nextAt = now + Math.min(longestRetryMs, firstRetryMs * 2 ** (pair.attempts - 1));
    return { pair, isNew: false };
  }
}

/** It waits for an answer, or for the time to ask for consent. */
function isTimed<Owner>({ state, nextAt }: Pair<Owner>): boolean {
  return state === 'checking' || (state === 'valid' && nextAt < Infinity);
}

function isSettled<Owner>({ state }: Pair<Owner>): boolean {
  return state === 'valid' || state === 'failed';
}
