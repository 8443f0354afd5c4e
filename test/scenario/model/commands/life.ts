import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LegEvent } from '#services/session';
import { leaseMs } from '../reference/reference.ts';
import { askOf, place, step, type Step } from './step.ts';

/** Ends a session; one that is not there is content with that. */
export const destroy: fc.Arbitrary<Step> = step('destroy', place, async (one, model, real) => {
  const session = model.at(one);
  const reply = await real.ask('session', 'destroy', { session_id: session?.id ?? 'nobody' });
  assert.equal(reply, 'ok');
  if (session !== undefined) model.sessions.end(session.id, 'user_stop');
});

/** A client goes, with what it made; another one takes its place. */
export const leave: fc.Arbitrary<Step> = step(
  'leave',
  fc.constantFrom('a', 'b'),
  async (who, model, real) => {
    const id = real.leave(who);
    await real.broker.pass();
    model.gone(id);
  },
);

export const openLease: fc.Arbitrary<Step> = step('lease.open', fc.constant(0), async (_, model, real) => {
  const name = `lease${real.leases.size + 1}`;
  const reply = await real.reply('lease', 'open', { ttl: leaseMs / 1000 });
  real.leases.set(name, String(Reflect.get(reply.data, 'lease_id')));
  model.leases.set(name, model.book.now + leaseMs);
});

/** Closes or renews a lease that may have lapsed. */
export const useLease: fc.Arbitrary<Step> = step(
  'lease',
  fc.record({ one: fc.nat(1), cmd: fc.constantFrom('close', 'renew') }),
  async ({ one, cmd }, model, real) => {
    const name = `lease${real.leases.size - one}`;
    const isThere = model.leases.has(name);
    const reply = await real.ask('lease', cmd, { lease_id: real.leases.get(name) ?? 'none' });
    assert.equal(reply, isThere ? 'ok' : 'not_found', cmd);
    if (isThere && cmd === 'close') model.gone(name);
    else if (isThere) model.leases.set(name, model.book.now + leaseMs);
  },
);

/** Time goes by: for gathering, for the waits of sessions, rooms and leases, for whole lives. */
export const pass: fc.Arbitrary<Step> = step(
  'pass',
  fc.constantFrom(5000, 20_000, 50_000, 120_000, 400_000),
  async (ms, model, real) => {
    model.advance(ms);
    await real.broker.pass(ms);
    await real.broker.pass();
  },
);

/** What a leg tells of its media, and what the client hears of it. */
const tellings: readonly (readonly [LegEvent, string])[] = [
  [{ type: 'media_up' }, 'status webrtc'],
  [{ type: 'media', kind: 'audio', isFlowing: false }, 'status media'],
  [{ type: 'slow_link', isUplink: true, lostPackets: 7 }, 'status slow_link'],
  [{ type: 'media_timeout' }, 'media_timeout'],
  [{ type: 'dtmf', digit: '5' }, 'info'],
  [{ type: 'candidate', candidate: undefined }, 'candidate_end'],
];

/** A leg tells of its media. */
export const hear: fc.Arbitrary<Step> = step(
  'hear',
  fc.record({ one: place, what: fc.constantFrom(...tellings) }),
  async ({ one, what: [event, words] }, model, real) => {
    const session = model.at(one);
    const leg = session && real.legOf(session.id);
    if (session === undefined || leg === undefined) return;
    leg.emit(event);
    await real.broker.pass();
    if (event.type === 'slow_link') model.rooms.slowLink(session.id);
    // Candidates come after the description that they belong to.
    if (event.type === 'candidate' && session.kind === 'proxy' && !session.isFormed)
      session.isEndEarly = true;
    else model.book.tell(session.id, words);
  },
);

/** The media of a leg are gone, for whatever reason. */
export const loseMedia: fc.Arbitrary<Step> = step(
  'gone',
  fc.record({
    one: place,
    reason: fc.constantFrom(
      'normal_termination',
      'media_timeout',
      'ice_timeout',
      'dtls_failed',
      'engine_died',
    ),
  }),
  async ({ one, reason }, model, real) => {
    const session = model.at(one);
    const leg = session && real.legOf(session.id);
    if (session === undefined || leg === undefined) return;
    leg.emit({ type: 'gone', reason });
    await real.broker.pass();
    model.sessions.end(session.id, reason);
  },
);

/** A leg says that the other end of its bridge is gone. */
export const losePeer: fc.Arbitrary<Step> = step('peer_left', place, async (one, model, real) => {
  const session = model.of('bridge', one);
  if (session?.present !== 'bridge') return;
  real.legOf(session.id)?.emit({ type: 'peer_left' });
  await real.broker.pass();
  model.sessions.peerLeft(session);
});

/** A bug strikes in what drives a session: it ends alone, and says so. */
export const bug: fc.Arbitrary<Step> = step('bug', place, async (one, model, real) => {
  const session = model.at(one);
  const leg = session && real.legOf(session.id);
  if (leg !== undefined) leg.bug = new TypeError('a bug');
  await askOf(session, real, { cmd: 'update_media', mute_audio: true }, (subject) => {
    const isAsked = subject.isOpen && (subject.kind !== 'proxy' || subject.isAnswered);
    if (!isAsked) return model.updateMedia(subject, true);
    model.sessions.end(subject.id, 'internal_error');
    return 'internal_error';
  });
  if (leg !== undefined) leg.bug = undefined;
});
