import type { CheckedAddress, Origin } from '../entrance.ts';

/** So long after its last check, or a move to another one, an address that is not in use may send. */
const graceMs = 5_000;

/**
 * For so long after a nominating check a nomination of no higher priority does not move the peer: an agent that
 * nominates aggressively (RFC 5245 section 8.1.1.2) nominates all its pairs at once and means the best.
 */
const nominationHoldMs = 1_000;

/** An address belongs to its peer so long after a check, whoever else sends checks from there. */
const ownedMs = 10_000;

/** More pairs than a peer with several networks has at one time. */
const mostAddresses = 16;

/** Changeable for the one list that it is in. */
interface Entry<Owner> extends CheckedAddress<Owner> {
  priority: number;
  lastCheckAt: number;
  lastNominationAt: number;
  validUntil: number;
}

/**
 * The remote addresses of one peer: which may send, and which of them is sent to.
 *
 * The first one checked is used until one is nominated (RFC 8445 section 8.1.1); until then all may send, because the
 * peer may have chosen already and not yet told us. Afterwards the nominated one may, and the others for five seconds
 * after each authenticated check: they may be chosen next (RFC 8445 section 12.1).
 */
export class CheckedAddresses<Owner> {
  readonly #owner: Owner;
  readonly #entries = new Map<CheckedAddress<Owner>, Entry<Owner>>();
  #selected: Entry<Owner> | undefined;
  #isNominated = false;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Where to send; undefined until the first check. */
  get selected(): Origin<Owner> | undefined {
    return this.#selected;
  }

  /** False while `selected` is only the first address that was checked. */
  get isNominated(): boolean {
    return this.#isNominated;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** False if a check from there cannot be ours, because the address is in use by another peer. */
  mayCheck(from: Origin<Owner>, now: number): boolean {
    const holder = from.via.addresses.get(from);
    return holder === undefined || holder.owner === this.#owner || now - holder.lastCheckAt >= ownedMs;
  }

  /** True if an authenticated check came from there before, and the address is still ours. */
  has(from: Origin<Owner>): boolean {
    return from.via.addresses.get(from)?.owner === this.#owner;
  }

  /** Takes note of an authenticated check. True if `selected` changed. */
  check(from: Origin<Owner>, priority: number, isNominating: boolean, now: number): boolean {
    const entry = this.#entryOf(from, now);
    entry.priority = priority;
    entry.lastCheckAt = now;
    if (isNominating) entry.lastNominationAt = now;
    if (this.#selected === undefined) return this.#select(entry, isNominating, now);
    if (isNominating && !this.#isHeld(entry, now)) return this.#select(entry, true, now);
    // A browser sends on a pair once its check was answered, and nominates it with the next one, up to a second later.
    entry.validUntil = Math.max(entry.validUntil, now + graceMs);
    return false;
  }

  /** From now on any nomination moves the peer (RFC 8445 section 9). */
  restart(): void {
    if (this.#selected === undefined) return;
    this.#selected.priority = 0;
    this.#selected.lastNominationAt = -Infinity;
  }

  /**
   * The way to an address is gone, as a connection that was closed. What was checked last and may send is selected
   * in its place. True if `selected` changed.
   */
  lose(from: Origin<Owner>, now: number): boolean {
    const holder = from.via.addresses.get(from);
    const entry = holder && this.#entries.get(holder);
    if (entry === undefined) return false;
    this.#remove(entry);
    if (entry !== this.#selected) return false;
    this.#selected = undefined;
    this.#isNominated = false;
    const next = this.#latest((other) => other.validUntil >= now);
    if (next !== undefined) this.#select(next, false, now);
    return true;
  }

  clear(): void {
    for (const entry of this.#entries.values()) this.#remove(entry);
    this.#selected = undefined;
  }

  #isHeld(entry: Entry<Owner>, now: number): boolean {
    const selected = this.#selected;
    if (selected === undefined || selected === entry || !this.#isNominated) return false;
    return entry.priority <= selected.priority && now - selected.lastNominationAt < nominationHoldMs;
  }

  #select(entry: Entry<Owner>, isNominated: boolean, now: number): boolean {
    const hasChanged = this.#selected !== entry;
    this.#selected = entry;
    entry.validUntil = Infinity;
    if (!isNominated || (this.#isNominated && !hasChanged)) return hasChanged;
    this.#isNominated = true;
    for (const other of this.#entries.values()) {
      if (other !== entry) other.validUntil = Math.min(other.validUntil, now + graceMs);
    }
    return hasChanged;
  }

  #entryOf(from: Origin<Owner>, now: number): Entry<Owner> {
    const holder = from.via.addresses.get(from);
    const known = holder && this.#entries.get(holder);
    return known ?? this.#add(from, now);
  }

  #add({ via, address, port }: Origin<Owner>, now: number): Entry<Owner> {
    if (this.#entries.size >= mostAddresses) this.#evict();
    const entry: Entry<Owner> = {
      owner: this.#owner,
      via,
      address,
      port,
      priority: 0,
      lastCheckAt: now,
      lastNominationAt: -Infinity,
      validUntil: this.#isNominated ? -Infinity : Infinity,
    };
    this.#entries.set(entry, entry);
    via.addresses.set(entry, entry);
    return entry;
  }

  #evict(): void {
    const others = [...this.#entries.values()].filter((entry) => entry !== this.#selected);
    const [oldest] = others.sort((one, other) => one.lastCheckAt - other.lastCheckAt);
    if (oldest !== undefined) this.#remove(oldest);
  }

  #latest(isFit: (entry: Entry<Owner>) => boolean): Entry<Owner> | undefined {
    const fit = [...this.#entries.values()].filter(isFit);
    return fit.sort((one, other) => other.lastCheckAt - one.lastCheckAt)[0];
  }

  #remove(entry: Entry<Owner>): void {
    this.#entries.delete(entry);
    // Another peer may have taken it over since.
    if (entry.via.addresses.get(entry) !== entry) return;
    entry.via.addresses.delete(entry);
    entry.via.forget(entry);
  }
}
