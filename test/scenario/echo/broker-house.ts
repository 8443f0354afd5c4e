import assert from 'node:assert/strict';
import {
  commandTable,
  EventPublisher,
  LeaseRegistry,
  LocalRoomRegistry,
  LocalSessionRegistry,
  respond,
  Subscriptions,
  type Reply,
} from '#services/broker';
import { SeededRandom } from '../../support/seeded-random.ts';
import { EmbeddedJanus } from '../../support/embedded-janus.ts';
import { FakeCaller } from '../../support/fake-caller.ts';
import { FakePeer } from '../../support/fake-peer.ts';

const node = 'node0001';
const never = new AbortController().signal;

/** A broker with one embedded engine, spoken to in JSON as a client does. */
export class BrokerHouse implements AsyncDisposable {
  readonly caller = new FakeCaller();
  readonly janus: EmbeddedJanus;
  readonly sessions: LocalSessionRegistry;
  readonly rooms: LocalRoomRegistry;
  readonly #leases: LeaseRegistry;
  readonly #subscriptions: Subscriptions;
  readonly #serve: ReturnType<typeof respond>;

  private constructor(janus: EmbeddedJanus) {
    const { clock, log, backend } = janus;
    const random = new SeededRandom(2);
    const events = new EventPublisher(clock, node, assert.ifError);
    this.janus = janus;
    const parts = { clock, random, log, events, backends: [backend], node };
    this.#leases = new LeaseRegistry({ clock, random, log, node });
    this.rooms = new LocalRoomRegistry(parts);
    this.sessions = new LocalSessionRegistry({ ...parts, observer: this.rooms });
    const defaults = { waitTimeoutMs: 60_000, readyTimeoutMs: 86_400_000, bitsPerSecond: 0 };
    this.#subscriptions = new Subscriptions(events, assert.ifError);
    const commands = commandTable({
      sessions: this.sessions,
      rooms: this.rooms,
      leases: this.#leases,
      subscriptions: this.#subscriptions,
      defaults,
    });
    this.#serve = respond(commands, { clock, log, random, node });
  }

  static async start(): Promise<BrokerHouse> {
    return new BrokerHouse(await EmbeddedJanus.start());
  }

  /** One command of `media/session`, through JSON both ways. */
  async ask(cmd: string, data: object): Promise<Reply> {
    const text = JSON.stringify({ class: 'media', subclass: 'session', cmd, data });
    const body: unknown = JSON.parse(text);
    return await this.#serve({ body, caller: this.caller, signal: never });
  }

  /** A client, and an offer of its audio, video and data. */
  client(): { readonly peer: FakePeer; readonly sdp: string } {
    const peer = new FakePeer(this.janus.peers);
    return { peer, sdp: peer.offer(['audio', 'video', 'data']) };
  }

  /** The events of one session, as `seq type`. */
  told(sessionId: string): string[] {
    const events = this.caller.events.filter((event) => event.obj_id === sessionId);
    return events.map(({ seq, type }) => `${seq} ${type}`);
  }

  /** Why a session ended, as its `destroyed` event says; undefined while it lives. */
  endOf(sessionId: string): object | undefined {
    return this.caller.events.find(({ obj_id, type }) => obj_id === sessionId && type === 'destroyed')?.body;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sessions[Symbol.asyncDispose]();
    await this.rooms[Symbol.asyncDispose]();
    this.#leases[Symbol.dispose]();
    this.#subscriptions[Symbol.dispose]();
    await this.janus[Symbol.asyncDispose]();
  }
}

/** A text in the data of a reply that must be ok. */
export function field(reply: Reply, name: 'session_id'): string {
  assert.equal(reply.result, 'ok');
  const value: unknown = Reflect.get(reply.data, name);
  assert.ok(typeof value === 'string');
  return value;
}

/** The SDP of the answer in a reply that must be ok. */
export function answerSdp(reply: Reply): string {
  assert.equal(reply.result, 'ok');
  const answer: unknown = Reflect.get(reply.data, 'answer');
  assert.ok(typeof answer === 'object' && answer !== null && 'sdp' in answer);
  assert.ok(typeof answer.sdp === 'string');
  return answer.sdp;
}
