import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sessionId } from '#schemas';
import type { NewSession } from '#services/broker';
import { FakeBackend } from '../../support/fake-backend.ts';
import { settle } from '../../support/fake-clock.ts';
import { sessionDefaults } from '../../support/new-session.ts';
import { listen, run, type Run } from '../../support/registry-run.ts';
import { SessionModel, type ModelSession } from './session-model.ts';

const offer = { sdp: 'v=0' };
const types = ['p2p', 'echo', 'proxy', 'bridge'] as const;

/** One step: what is done, to which of the sessions that there are, and with which other one. */
const steps = fc.record({
  act: fc.constantFrom(
    'create',
    'create',
    'create',
    'answer',
    'answer',
    'destroy',
    'link',
    'unlink',
    'hang_up',
  ),
  type: fc.constantFrom(...types),
  one: fc.nat(7),
  other: fc.option(fc.nat(7), { nil: undefined }),
  stopsAfterPeer: fc.boolean(),
});

type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

class Comparison {
  readonly model = new SessionModel();
  readonly real: Run = run();

  async take(step: Step): Promise<void> {
    const one = this.#at(step.one);
    const other = step.other === undefined ? undefined : this.#at(step.other);
    if (step.act === 'create') this.#create(step, other);
    else if (one !== undefined) await this.#use(step.act, one, other);
    await settle();
    this.compare();
  }

  compare(): void {
    const { sessions, owner } = this.real;
    assert.deepEqual(new Set(sessions.ids()), new Set(this.model.alive.keys()));
    for (const session of this.model.alive.values()) {
      const { info } = sessions.get(sessionId(session.id), owner.owner.principal);
      const isBridge = session.type === 'proxy' && session.isAnswered;
      const type = session.isParked ? 'park' : isBridge ? 'bridge' : session.type;
      const seen = [info.type, info.master_id, info.slave_ids ?? [], info.answer !== undefined];
      assert.deepEqual(seen, [type, session.master, [...session.slaves], session.isAnswered], session.id);
    }
  }

  #at(place: number): ModelSession | undefined {
    const all = [...this.model.alive.values()];
    return all[place % Math.max(all.length, 1)];
  }

  #create({ type, stopsAfterPeer }: Step, other: ModelSession | undefined): void {
    const { sessions, owner } = this.real;
    const id = `s${(this.model.made += 1)}`;
    const peer = type === 'bridge' ? other?.id : undefined;
    const create = (): void => {
      sessions.create(configOf(id, type, stopsAfterPeer, other), owner.owner);
    };
    if (type === 'bridge' && (other?.type !== 'proxy' || other.isAnswered))
      assert.throws(create, { name: 'MediaError' });
    else {
      create();
      const own = { id, type, stopsAfterPeer, isAnswered: type === 'echo', isParked: false };
      const sets = { slaves: new Set<string>(), bridges: new Set<string>() };
      this.#made({ ...own, ...sets, ...(peer !== undefined && { peer }) }, other);
    }
  }

  #made(session: ModelSession, other: ModelSession | undefined): void {
    this.model.alive.set(session.id, session);
    if (other === undefined) return;
    this.model.link(session, other);
    if (session.peer !== undefined) other.bridges.add(session.id);
  }

  async #use(act: Step['act'], one: ModelSession, other: ModelSession | undefined): Promise<void> {
    const { sessions, owner } = this.real;
    const { principal } = owner.owner;
    const id = sessionId(one.id);
    if (act === 'answer') await this.#answer(one);
    else if (act === 'hang_up') this.#hangUp(one);
    else if (act === 'destroy') {
      sessions.get(id, principal).stop('user_stop');
      this.model.end(one.id);
    } else if (act === 'unlink') {
      sessions.unlink(id, undefined, principal);
      this.model.unlink(one);
    } else if (other !== undefined) this.#link(one, other);
  }

  #link(one: ModelSession, other: ModelSession): void {
    const { sessions, owner } = this.real;
    const link = (): void => sessions.link(sessionId(one.id), sessionId(other.id), {}, owner.owner.principal);
    if (one === other || one.master !== undefined || this.model.isAbove(one.id, other))
      assert.throws(link, { name: 'MediaError' });
    else {
      link();
      this.model.link(one, other);
    }
  }

  #hangUp(one: ModelSession): void {
    const leg = this.real.backend.legOf(sessionId(one.id));
    if (leg === undefined) return;
    leg.emit({ type: 'gone', reason: 'normal_termination' });
    this.model.end(one.id);
  }

  async #answer(one: ModelSession): Promise<void> {
    const { sessions, owner } = this.real;
    const set = sessions.get(sessionId(one.id), owner.owner.principal).setAnswer({ sdp: 'v=0' });
    const proxy = one.peer === undefined ? undefined : this.model.alive.get(one.peer);
    const isFit = one.type === 'p2p' || (one.type === 'bridge' && proxy?.isAnswered === false);
    if (one.isAnswered || !isFit) await assert.rejects(set, { name: 'MediaError' });
    else {
      await set;
      this.model.answer(one);
    }
  }
}

function configOf(
  id: string,
  type: Step['type'],
  stopAfterPeer: boolean,
  other: ModelSession | undefined,
): NewSession {
  const named = other === undefined ? undefined : sessionId(other.id);
  return {
    ...sessionDefaults,
    type,
    id: sessionId(id),
    stopAfterPeer,
    ...(type === 'bridge' ? named && { peerId: named } : { offer }),
    ...(named && { masterId: named }),
  };
}

test('sessions live, end and follow one another as the model says, and leave nothing', async () => {
  const property = fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (sequence) => {
    const both = new Comparison();
    const { sessions, events, clock, backend } = both.real;
    const heard = listen(events);

    for (const step of sequence) await both.take(step);
    await sessions[Symbol.asyncDispose]();

    const destroyed = heard.filter(({ type }) => type === 'destroyed').map(({ obj_id }) => obj_id);
    const created = heard.filter(({ type }) => type === 'created').map(({ obj_id }) => obj_id);
    assert.deepEqual(destroyed.sort(), created.sort(), 'one destroyed for each that was created');
    assert.deepEqual(sessions.counts, { running: 0, releasing: 0 });
    assert.equal(clock.pending, 0);
    assert.ok(backend instanceof FakeBackend && backend.legs.every(({ isDisposed }) => isDisposed));
  });
  await fc.assert(property, { numRuns: 10_000 });
});
