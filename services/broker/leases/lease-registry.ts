import { leaseId, MediaError, type LeaseId } from '#schemas';
import { Driver, Table, type Clock, type Log, type Random } from '#services/kernel';
import { Presence } from '../presence.ts';
import type { Caller, Principal } from '../serve.ts';
import { Lease, type LeaseInput, type LeaseOutput } from './lease.ts';

/** What the registry works with. */
export interface LeaseRegistryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Our part of every id: 8 characters of [a-z0-9], new at every start. */
  readonly node: string;
  /** Leases at the same time; 10,000 by default. */
  readonly mostLeases?: number;
}

/** A lease that has not lapsed, as command handlers see it. */
export interface RunningLease extends Pick<Caller, 'onGone'> {
  readonly id: LeaseId;
  readonly ttlMs: number;
  /** Starts its time anew. */
  renew(): void;
  /** Lets it lapse now. */
  close(): void;
}

/** As many as sessions: a client may give each one of its own. */
const defaultMostLeases = 10_000;

interface Entry {
  readonly lease: RunningLease;
  readonly driver: Disposable;
  readonly tenant: Principal['tenant'];
}

/** The leases of this process: what sessions live with instead of a connection. */
export class LeaseRegistry implements Disposable {
  readonly #parts: LeaseRegistryParts;
  readonly #running = new Table<LeaseId, Entry>();
  #isClosed = false;

  constructor(parts: LeaseRegistryParts) {
    this.#parts = parts;
  }

  /** Throws MediaError `overload` if there are too many, `draining` once disposed. */
  open(ttlMs: number, { tenant }: Principal): RunningLease {
    if (this.#isClosed) throw new MediaError('draining');
    const most = this.#parts.mostLeases ?? defaultMostLeases;
    if (this.#running.size >= most) {
      const hint = `at most ${most} leases are open here at the same time`;
      throw new MediaError('overload', undefined, { hint });
    }
    const { clock, random, node } = this.#parts;
    const id = leaseId(`${node}-${random.uuid()}`);
    const presence = new Presence();
    const driver = new Driver<LeaseInput, LeaseOutput>(new Lease(ttlMs, clock.now()), clock, {
      perform: ({ reason }) => this.#lapse(id, presence, reason),
      fault: (err) => {
        this.#parts.log.error({ err, lease_id: id }, 'a lease failed unexpectedly');
        this.#running.delete(id);
      },
    });
    const renew = (): void => void driver.post({ type: 'renew' });
    const close = (): void => void driver.post({ type: 'close' });
    const lease = { id, ttlMs, onGone: presence.onGone, renew, close };
    this.#running.set(id, { lease, driver, tenant });
    return lease;
  }

  /** Throws MediaError `not_found` for one that has lapsed, that never was, or that is another tenant's. */
  get(id: LeaseId, { tenant }: Principal): RunningLease {
    const entry = this.#running.get(id);
    if (entry?.tenant === tenant) return entry.lease;
    throw new MediaError('not_found', undefined, { hint: 'data.lease_id names no lease' });
  }

  /** Leases that have not lapsed. */
  get size(): number {
    return this.#running.size;
  }

  /** Releases all of them without a word to their sessions, whose end is someone else's by then. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const { driver } of this.#running.values()) driver[Symbol.dispose]();
    this.#running.clear();
  }

  #lapse(id: LeaseId, presence: Presence, reason: LeaseOutput['reason']): void {
    const entry = this.#running.get(id);
    this.#running.delete(id);
    this.#parts.log.debug({ lease_id: id, reason }, 'lease lapsed');
    presence.leave();
    entry?.driver[Symbol.dispose]();
  }
}
