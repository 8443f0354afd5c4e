import assert from 'node:assert/strict';
import { isCommandName } from '#schemas';
import {
  commandTable,
  EventPublisher,
  LeaseRegistry,
  LocalRoomRegistry,
  LocalSessionRegistry,
  respond,
  Subscriptions,
  type Caller,
  type CommandTable,
  type Reply,
  type Request,
  type Serve,
} from '#services/broker';
import { createLog, type Log } from '#services/kernel';
import { FakeBackend } from './fake-backend.ts';
import type { FakeCaller } from './fake-caller.ts';
import { FakeClock } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { assertEvent, assertReply } from './wire-contract.ts';

/** What a TestBroker is made of, where a test cares. */
export interface TestBrokerParts {
  readonly backend?: FakeBackend;
  readonly log?: Log;
  /** Handlers to use instead of the broker's own. */
  readonly handlers?: Partial<CommandTable>;
}

const forever = new AbortController().signal;

/** The whole broker behind its one command function, on a fake clock and a fake backend. */
export class TestBroker {
  readonly clock = new FakeClock();
  readonly backend: FakeBackend;
  readonly events: EventPublisher;
  readonly subscriptions: Subscriptions;
  readonly sessions: LocalSessionRegistry;
  readonly rooms: LocalRoomRegistry;
  readonly leases: LeaseRegistry;
  readonly serve: Serve;

  constructor(parts: TestBrokerParts = {}) {
    const { backend = new FakeBackend(), log = createLog('silent', {}), handlers = {} } = parts;
    const { clock } = this;
    const random = new SeededRandom();
    const node = 'node0001';
    this.backend = backend;
    this.events = new EventPublisher(clock, node, assert.ifError);
    this.subscriptions = new Subscriptions(this.events, assert.ifError);
    this.events.subscribe(assertEvent);
    const { events, subscriptions } = this;
    const registryParts = { clock, random, log, events, backends: [backend], node };
    this.leases = new LeaseRegistry({ clock, random, log, node });
    this.rooms = new LocalRoomRegistry(registryParts);
    this.sessions = new LocalSessionRegistry({ ...registryParts, observer: this.rooms });
    const { sessions, rooms, leases } = this;
    const defaults = { waitTimeoutMs: 60_000, readyTimeoutMs: 86_400_000, bitsPerSecond: 0 };
    const table = { ...commandTable({ sessions, rooms, leases, subscriptions, defaults }), ...handlers };
    this.serve = respond(table, { clock, log, random, node });
  }

  /** Sends one command of class media, subclass session, and holds its reply to the schema. */
  async ask(caller: Caller, cmd: string, data: object = {}, rest: Partial<Request> = {}): Promise<Reply> {
    const reply = await this.send(caller, { class: 'media', subclass: 'session', cmd, data, tid: 1 }, rest);
    if (isCommandName(`session.${cmd}`)) assertReply(`session.${cmd}`, reply);
    return reply;
  }

  /** Sends one command of class media about rooms, and holds its reply to the schema. */
  async askRoom(caller: Caller, cmd: string, data: object = {}): Promise<Reply> {
    const reply = await this.send(caller, { class: 'media', subclass: 'room', cmd, data, tid: 1 });
    if (isCommandName(`room.${cmd}`)) assertReply(`room.${cmd}`, reply);
    return reply;
  }

  /** Sends one command of class media about leases, and holds its reply to the schema. */
  async askLease(caller: Caller, cmd: string, data: object = {}): Promise<Reply> {
    const reply = await this.send(caller, { class: 'media', subclass: 'lease', cmd, data, tid: 1 });
    assertReply(`lease.${cmd}`, reply);
    return reply;
  }

  /** Sends one command of class core, and holds its reply to the schema. */
  async askCore(caller: Caller, subclass: string, cmd: string, data: object = {}): Promise<Reply> {
    const reply = await this.send(caller, { class: 'core', subclass, cmd, data, tid: 1 });
    assertReply(`core.${subclass}.${cmd}`, reply);
    return reply;
  }

  /** Creates an echo session and returns its id. */
  async echo(caller: Caller, data: object = {}): Promise<string> {
    const reply = await this.ask(caller, 'create', { type: 'echo', offer: { sdp: 'v=0' }, ...data });
    return String(dataOf(reply)['session_id']);
  }

  /** Begins an echo session of that id, whose backend may be silent; resolves with the reply of `create`. */
  opening(caller: Caller, session_id: string, data: object = {}): Promise<Reply> {
    return this.ask(caller, 'create', { type: 'echo', offer: { sdp: 'v=0' }, session_id, ...data });
  }

  /** Lets `ms` pass, and everything settle that can. */
  async pass(ms = 0): Promise<void> {
    await this.clock.run(ms);
  }

  /** Sends one envelope, whatever it is. */
  send(caller: Caller, body: unknown, rest: Partial<Request> = {}): Promise<Reply> {
    return this.serve({ body, caller, signal: forever, ...rest });
  }
}

/** The data of a reply that must be ok, as JSON that is easy to look into. */
export function dataOf(reply: Reply): Record<string, unknown> {
  assert.equal(reply.result, 'ok', JSON.stringify(reply.data));
  return Object.fromEntries(Object.entries(reply.data));
}

/** The name of the error that a reply must be. */
export function errorOf(reply: Reply): string {
  assert.equal(reply.result, 'error', JSON.stringify(reply.data));
  return 'name' in reply.data ? reply.data.name : '';
}

/** The types of the events that a caller got, in order. */
export function typesOf({ events }: FakeCaller): string[] {
  return events.map(({ type }) => type);
}
