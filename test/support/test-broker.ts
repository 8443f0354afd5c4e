import assert from 'node:assert/strict';
import {
  commandTable,
  EventPublisher,
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
import { FakeClock } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';

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
  readonly serve: Serve;

  constructor(parts: TestBrokerParts = {}) {
    const { backend = new FakeBackend(), log = createLog('silent', {}), handlers = {} } = parts;
    const { clock } = this;
    const random = new SeededRandom();
    const node = 'node0001';
    this.backend = backend;
    this.events = new EventPublisher(clock, node, assert.ifError);
    this.subscriptions = new Subscriptions(this.events, assert.ifError);
    const { events, subscriptions } = this;
    this.sessions = new LocalSessionRegistry({ clock, random, log, events, backends: [backend], node });
    const { sessions } = this;
    const defaults = { waitTimeoutMs: 60_000, readyTimeoutMs: 86_400_000, bitsPerSecond: 0 };
    const table = { ...commandTable({ sessions, subscriptions, defaults }), ...handlers };
    this.serve = respond(table, { clock, log, random, node });
  }

  /** Sends one command of class media, subclass session. */
  ask(caller: Caller, cmd: string, data: object = {}, rest: Partial<Request> = {}): Promise<Reply> {
    return this.send(caller, { class: 'media', subclass: 'session', cmd, data, tid: 1 }, rest);
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
