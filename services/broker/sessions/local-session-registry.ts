import { MediaError, sessionId, type SessionEvent, type SessionId } from '#schemas';
import type { Clock, Log, Random } from '#services/kernel';
import type { Backend, LinkSettings } from '#services/session';
import type { EventPublisher } from '../event-publisher.ts';
import { ObjectReport } from '../object-report.ts';
import { ObjectTable, type ObjectCounts } from '../object-table.ts';
import type { Principal } from '../serve.ts';
import type { SessionObserver } from './session-observer.ts';
import type { NewSession, Owner, RunningSession, SessionRegistry } from './session-registry.ts';
import { SessionRunner, type SessionSurroundings } from './session-runner.ts';
import { backendFor } from './backend-for.ts';
import { connected, invalidPublisher, type NamedSession } from './connected.ts';
import { checkLink, checkUnlink } from './linking.ts';

/** What the registry works with. */
export interface RegistryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly events: EventPublisher;
  /** In order of preference. */
  readonly backends: readonly Backend[];
  /** Our part of every id: 8 characters of [a-z0-9], new at every start. */
  readonly node: string;
  /** Sessions at the same time, those that are being released included; 10,000 by default. */
  readonly mostSessions?: number;
  /** Is told what becomes of the sessions. */
  readonly observer?: SessionObserver;
}

/** Bounds what one client can make us hold, whoever it is. */
const defaultMostSessions = 10_000;

interface Entry extends Omit<NamedSession, 'session'> {
  readonly object: SessionRunner;
  readonly principal: Principal;
}

/** A session that is about to start. */
interface Newborn {
  readonly id: SessionId;
  readonly backend: Backend | undefined;
  readonly log: Log;
  readonly tenant: Principal['tenant'];
  readonly observe: (event: SessionEvent) => void;
}

/** The sessions of this process. */
export class LocalSessionRegistry implements SessionRegistry {
  readonly #parts: RegistryParts;
  readonly #table: ObjectTable<SessionId, Entry>;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#table = new ObjectTable({ most: parts.mostSessions ?? defaultMostSessions, plural: 'sessions' });
  }

  create(asked: NewSession, owner: Owner): RunningSession {
    this.#table.admit();
    const { principal } = owner;
    const { masterId } = asked;
    if (masterId !== undefined) this.#entry(masterId, principal, 'master_id');
    const named = connected(asked, {
      peer: (id) => namedSession(this.#entry(id, principal, 'peer_id')),
      publisher: (id) => namedSession(this.#publisher(id, principal)),
    });
    const { config } = named;
    const backend = backendFor(config, this.#parts.backends, named.beside);
    const id = this.#idFor(config);
    const log = this.#parts.log.child({ session_id: id });
    const presence = owner.onGone(() => session.post({ type: 'owner_gone' }));
    const carried = backend === undefined ? {} : { backend: backend.name };
    const observe = (event: SessionEvent): void => this.#parts.observer?.told(session, principal, event);
    const session = new SessionRunner(
      { ...config, ...carried, id, startTime: this.#parts.clock.wallTime() },
      this.#surroundings({ id, backend, log, tenant: principal.tenant, observe }, () => {
        presence[Symbol.dispose]();
        this.#table.release(id);
      }),
    );
    this.#table.add({ object: session, principal, backend, config });
    log.info({ type: config.type, backend: backend?.name }, 'session created');
    this.#begin(session, config);
    return session;
  }

  publisher(id: SessionId, principal: Principal): RunningSession {
    return this.#publisher(id, principal).object;
  }

  link(id: SessionId, masterId: SessionId, settings: LinkSettings, principal: Principal): void {
    const slave = this.#entry(id, principal, 'session_id').object;
    const master = this.#entry(masterId, principal, 'master_id').object;
    checkLink(slave, master, settings, (other) => this.#session(other)?.master);
    // The master first: it keeps what its slave has trickled so far until it has an answer.
    master.post({ type: 'linked', peer: id });
    slave.post({ type: 'link', master: masterId, settings });
  }

  unlink(id: SessionId, peer: SessionId | undefined, principal: Principal): void {
    const session = this.#entry(id, principal, 'session_id').object;
    checkUnlink(session, peer);
    session.post({ type: 'unlink', ...(peer !== undefined && { peer }) });
  }

  get(id: SessionId, principal: Principal): RunningSession {
    return this.#entry(id, principal, 'session_id').object;
  }

  find(id: SessionId, principal: Principal): RunningSession | undefined {
    return this.#table.find(id, principal)?.object;
  }

  ids(): readonly SessionId[] {
    return this.#table.ids;
  }

  list(principal: Principal): readonly RunningSession[] {
    return this.#table.list(principal).map(({ object }) => object);
  }

  get counts(): ObjectCounts {
    return this.#table.counts;
  }

  get isDraining(): boolean {
    return this.#table.isClosed;
  }

  drain(signal: AbortSignal): Promise<void> {
    return this.#table.drain(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#table[Symbol.asyncDispose]();
  }

  /** The proxy of a bridge knows it first; the master gets to know a session that has begun, and told so. */
  #begin(session: SessionRunner, { type, peerId, masterId }: NewSession): void {
    const peer = session.id;
    if (type === 'bridge' && peerId !== undefined) this.#session(peerId)?.post({ type: 'bridged', peer });
    session.post({ type: 'start' });
    if (masterId !== undefined && this.#session(peer) !== undefined)
      this.#session(masterId)?.post({ type: 'linked', peer });
  }

  /** The client's choice, if nobody has it. */
  #idFor({ id }: NewSession): SessionId {
    if (id === undefined) return sessionId(`${this.#parts.node}-${this.#parts.random.uuid()}`);
    if (!this.#table.isTaken(id)) return id;
    const hint = 'data.session_id names a session that is there';
    throw new MediaError('duplicated_session_id', undefined, { hint });
  }

  #surroundings({ id, backend, log, tenant, observe }: Newborn, ended: () => void): SessionSurroundings {
    const { clock, events, random } = this.#parts;
    const about = { class: 'media', subclass: 'session', obj_id: id, tenant } as const;
    const report = new ObjectReport(about, { events, random, log });
    return {
      clock,
      backend,
      tell: (event) => {
        observe(event);
        report.tell(event.type, event.body);
      },
      tellPeer: (to, event) => this.#session(to)?.post({ type: 'peer', from: id, event }),
      ended: (reason) => {
        report.ended(reason);
        ended();
      },
      fault: (cause) => report.fault(cause),
    };
  }

  /** One that runs, of any tenant. */
  #session(id: SessionId): SessionRunner | undefined {
    return this.#table.get(id)?.object;
  }

  #publisher(id: SessionId, principal: Principal): Entry {
    const entry = this.#table.find(id, principal);
    if (entry?.object.info.type === 'publish') return entry;
    throw invalidPublisher('data.publisher_id names no session that publishes');
  }

  /** `field`: where the client named it. */
  #entry(id: SessionId, principal: Principal, field: 'session_id' | 'master_id' | 'peer_id'): Entry {
    const entry = this.#table.find(id, principal);
    if (entry !== undefined) return entry;
    throw new MediaError('session_not_found', undefined, { hint: `data.${field} names no session` });
  }
}

function namedSession({ object, backend, config }: Entry): NamedSession {
  return { session: object, backend, config };
}
