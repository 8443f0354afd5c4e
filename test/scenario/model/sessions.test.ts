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
    const config: NewSession = {
      ...sessionDefaults,
      type,
      id: sessionId(id),
      stopAfterPeer: stopsAfterPeer,
      ...(type !== 'bridge' && { offer }),
      ...(other && { masterId: sessionId(other.id) }),
      ...(peer !== undefined && { peerId: sessionId(peer) }),
    };
    const isFit = type !== 'bridge' || (other?.type === 'proxy' && !other.isAnswered);
    if (!isFit) return void assert.throws(() => sessions.create(config, owner.owner), { name: 'MediaError' });
    sessions.create(config, owner.owner);
    const made = { id, type, slaves: new Set<string>(), bridges: new Set<string>(), isParked: false };
    const session: ModelSession = {
      ...made,
      stopsAfterPeer,
      isAnswered: type === 'echo',
      ...(peer !== undefined && { peer }),
    };
    this.model.alive.set(id, session);
    if (other === undefined) return;
    this.model.link(session, other);
    if (peer !== undefined) other.bridges.add(id);
  }

  async #use(act: Step['act'], one: ModelSession, other: ModelSession | undefined): Promise<void> {
    const { sessions, owner } = this.real;
    const { principal } = owner.owner;
    const id = sessionId(one.id);
    if (act === 'answer') return await this.#answer(one);
    if (act === 'hang_up') return this.#hangUp(one);
    if (act === 'destroy') {
      sessions.get(id, principal).stop('user_stop');
      return this.model.end(one.id);
    }
    if (act === 'unlink') {
      sessions.unlink(id, undefined, principal);
      return this.model.unlink(one);
    }
    if (other === undefined) return;
    const link = (): void => sessions.link(id, sessionId(other.id), {}, principal);
    const isFit = one !== other && one.master === undefined && !this.model.isAbove(one.id, other);
    if (!isFit) return void assert.throws(link, { name: 'MediaError' });
    link();
    this.model.link(one, other);
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
    if (one.isAnswered || !isFit) return await assert.rejects(set, { name: 'MediaError' });
    await set;
    this.model.answer(one);
  }
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
