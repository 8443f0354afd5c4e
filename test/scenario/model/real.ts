import assert from 'node:assert/strict';
import { anyone, type EventEnvelope, type Reply } from '#services/broker';
import { createLog } from '#services/kernel';
import { sessionId } from '#schemas';
import type { FakeLeg } from '../../support/fake-backend.ts';
import { FakeCaller } from '../../support/fake-caller.ts';
import { settle } from '../../support/fake-clock.ts';
import { fieldsOf } from '../../support/fields.ts';
import { TestBroker } from '../../support/test-broker.ts';
import type { Reference } from './reference/reference.ts';
import type { Subject } from './reference/subject.ts';

const silent = createLog('silent', {});

/** The broker itself, with two clients, and everything that was heard of it. */
export class Real {
  readonly broker = new TestBroker({ log: silent });
  readonly callers = { a: new FakeCaller(anyone, 'a0'), b: new FakeCaller(anyone, 'b0') };
  /** Names of the reference for ids that the broker gave. */
  readonly names = new Map<string, string>();
  readonly leases = new Map<string, string>();
  /** Who waits for a description, and how to stop that. */
  readonly waits: AbortController[] = [];
  readonly #outcomes: (string | undefined)[] = [];
  readonly #seqs = new Map<string, number>();
  #news = new Map<string, string[]>();
  #rooms = 0;
  #generation = 0;

  constructor() {
    this.broker.events.subscribe((event) => this.#hear(event));
  }

  /** Sends a command of one subclass; returns `ok` or the name of the error, once everything has settled. */
  async ask(subclass: string, cmd: string, data: object, who = this.callers.a): Promise<string> {
    return wordOf(await this.reply(subclass, cmd, data, who));
  }

  async reply(subclass: string, cmd: string, data: object, who = this.callers.a): Promise<Reply> {
    const body = { class: 'media', subclass, cmd, data };
    const reply = await this.broker.send(who, body);
    await settle();
    return reply;
  }

  /** Asks for a description, and does not wait. */
  wait(cmd: 'get_offer' | 'get_answer', session_id: string): void {
    const place = this.#outcomes.push(undefined) - 1;
    const patience = new AbortController();
    this.waits.push(patience);
    const body = { class: 'media', subclass: 'session', cmd, data: { session_id } };
    void this.broker.send(this.callers.b, body, { signal: patience.signal }).then((reply) => {
      this.#outcomes[place] = wordOf(reply);
    });
  }

  /** One client goes, and another one comes. */
  leave(who: 'a' | 'b'): string {
    this.#generation += 1;
    const gone = this.callers[who];
    this.callers[who] = new FakeCaller(anyone, `${who}${this.#generation}`);
    gone.leave();
    return gone.id;
  }

  idOf(name: string): string {
    return [...this.names].find(([, known]) => known === name)?.[0] ?? name;
  }

  legOf(id: string): FakeLeg | undefined {
    return this.broker.backend.legOf(sessionId(id));
  }

  /** Has every leg that there is fail what it is asked, or no longer. */
  fail(failure: FakeLeg['failure']): void {
    for (const leg of this.broker.backend.legs) leg.failure = failure;
  }

  /** Holds everything that can be seen to the reference. */
  compare(model: Reference): void {
    assert.deepEqual(this.#news, model.book.takeNews());
    this.#news = new Map();
    assert.deepEqual(this.#outcomes, model.book.outcomes);
    const { sessions, rooms, leases } = this.broker;
    const infos = sessions.list(anyone).map(({ info }) => this.#wordsOf(info));
    assert.deepEqual(infos, [...model.sessions.alive.values()].map(expectedOf));
    const members = rooms
      .list(anyone)
      .map(({ info }) => [this.#nameOf(info.room_id), Object.keys(info.members)]);
    assert.deepEqual(
      members,
      [...model.rooms.alive.values()].map((room) => [room.id, [...room.members.keys()]]),
    );
    assert.equal(leases.size, model.leases.size);
    for (const { obj_id } of Object.values(this.callers).flatMap((who) =>
      this.broker.subscriptions.of(who),
    )) {
      const name = this.#nameOf(obj_id);
      const isThere = model.sessions.alive.has(name) || model.rooms.alive.has(name);
      assert.ok(isThere, `${name} has ended, and with it the subscriptions to it`);
    }
    const { running, releasing } = sessions.counts;
    assert.deepEqual([running, releasing, rooms.counts.releasing], [infos.length, 0, 0]);
  }

  /** Nothing is left of what has ended. */
  assertEmpty(): void {
    const { broker } = this;
    const { sessions, rooms, leases, subscriptions, backend, clock } = broker;
    assert.deepEqual([sessions.counts, rooms.counts].flatMap(Object.values), [0, 0, 0, 0]);
    assert.deepEqual([rooms.membersCount, leases.size, subscriptions.size], [0, 0, 0]);
    assert.deepEqual([clock.pending, backend.rooms.size], [0, 0]);
    assert.ok(
      backend.legs.every(({ isDisposed }) => isDisposed),
      'every leg is released',
    );
    assert.ok(
      this.#outcomes.every((outcome) => outcome !== undefined),
      'nobody waits any more',
    );
  }

  #hear(event: EventEnvelope): void {
    const { obj_id, seq, type, subclass } = event;
    assert.equal(seq, (this.#seqs.get(obj_id) ?? 0) + 1, `${obj_id} ${type} comes without a gap`);
    this.#seqs.set(obj_id, type === 'destroyed' ? 0 : seq);
    const isUnnamed = subclass === 'room' && !/^r\d$/.test(obj_id) && !this.names.has(obj_id);
    if (isUnnamed) this.names.set(obj_id, `auto${(this.#rooms += 1)}`);
    const name = this.#nameOf(obj_id);
    const told = this.#news.get(name) ?? [];
    this.#news.set(name, [...told, wordsOfEvent(event)]);
  }

  #nameOf(id: string): string {
    return this.names.get(id) ?? id;
  }

  #wordsOf(info: object): string {
    const facts = fieldsOf(info);
    const ext = fieldsOf(facts.get('type_ext'));
    const slaves = facts.get('slave_ids') ?? [];
    const other = ext.get('peer_id') ?? ext.get('publisher_id');
    const room = facts.get('room_id');
    return inWords([
      facts.get('session_id'),
      facts.get('type'),
      other,
      facts.get('master_id'),
      slaves,
      facts.has('offer'),
      facts.has('answer'),
      facts.get('mute_audio'),
      facts.get('stop_after_peer'),
      facts.get('set_master_answer'),
      typeof room === 'string' ? this.#nameOf(room) : undefined,
    ]);
  }
}

function expectedOf(session: Subject): string {
  const { id, present, other, master, slaves, hasOffer, isAnswered, isMuted } = session;
  const { stopsAfterPeer, setsMasterAnswer, room } = session;
  const links = [master, [...slaves]];
  const rest = [hasOffer, isAnswered, isMuted, stopsAfterPeer, setsMasterAnswer, room];
  return inWords([id, present, other, ...links, ...rest]);
}

function inWords(facts: readonly unknown[]): string {
  return facts.map((fact) => JSON.stringify(fact ?? null)).join(' ');
}

function wordOf(reply: Reply): string {
  return reply.result === 'ok' ? 'ok' : reply.data.name;
}

function wordsOfEvent({ subclass, type, body }: EventEnvelope): string {
  const word = (key: string): string => String(Reflect.get(body, key) ?? '');
  if (type === 'destroyed') return `destroyed ${word('name')}`;
  if (type === 'status') return `status ${word('class')}`;
  if (type === 'type') return `type ${word('type')} ${word('peer_id') || word('publisher_id')}`;
  if (subclass !== 'room' || !type.endsWith('_member')) return type;
  const session = `${type} ${word('session_id')}`;
  return type === 'stopped_member' ? session : `${session} ${word('role')} ${word('peer_id')}`;
}
