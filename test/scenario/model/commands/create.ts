import assert from 'node:assert/strict';
import { MediaError } from '#schemas';
import fc from 'fast-check';
import type { Reply } from '#services/broker';
import type { Real } from '../real.ts';
import type { Asked, Reference } from '../reference/reference.ts';
import type { Kind, Subject } from '../reference/subject.ts';
import { place, step, type Step } from './step.ts';

const rarely = fc.nat(9).map((of) => of === 0);
const often = fc.nat(4).map((of) => of > 0);

/** What a session is made with, whatever its type. */
const making = fc.record({
  owner: fc.constantFrom('a', 'b', 'lease'),
  isRight: often.chain((isSo) => (isSo ? fc.constant(true) : fc.boolean())),
  isTrickled: fc.boolean(),
  gathersOffer: rarely,
  gathersAnswer: fc.boolean(),
  isCallee: rarely,
  master: fc.option(place, { nil: undefined }),
  setsMasterAnswer: fc.boolean(),
  stopsAfterPeer: fc.boolean(),
  isMuted: fc.boolean(),
  other: place,
  room: fc.option(fc.nat(2), { nil: undefined }),
  createsRoom: often,
  waitMs: fc.constantFrom(10_000, 60_000),
  fails: rarely,
});

type Making = typeof making extends fc.Arbitrary<infer Value> ? Value : never;

type Names = Pick<Asked, 'master' | 'proxy' | 'publisher' | 'room'>;

/** Makes a session of one of these types, of one that may be impossible. */
export function create(...kinds: readonly Kind[]): fc.Arbitrary<Step> {
  return step(
    'create',
    fc.record({ kind: fc.constantFrom(...kinds), making }),
    async (chosen, model, real) => {
      const asked = askedOf(chosen.kind, chosen.making, model, real);
      const failure = chosen.making.fails ? 'session_failed' : undefined;
      model.book.openFailure = failure;
      real.broker.backend.failure = failure && new MediaError(failure);
      const reply = await real.reply('session', 'create', wordsOf(asked, real), callerOf(asked, real));
      const word = reply.result === 'ok' ? 'ok' : reply.data.name;
      assert.equal(word, model.create(asked), `create ${asked.kind}`);
      if (asked.kind === 'publish') assertRoom(asked, reply, model, real);
      model.book.openFailure = undefined;
      real.broker.backend.failure = undefined;
    },
  );
}

function askedOf(kind: Kind, making: Making, model: Reference, real: Real): Asked {
  const { isRight, isCallee } = making;
  const needsOffer = kind !== 'bridge' && kind !== 'listen';
  const number = model.nextNumber();
  return {
    ...making,
    ...namedBy(kind, making, model),
    id: `s${number}`,
    // No two the same, so that no two sessions ever end at the same moment by themselves.
    readyMs: (100 + number) * 1000,
    kind,
    owner: ownerOf(making, real),
    hasOffer: isRight === needsOffer,
    isCallee: isCallee && kind === 'p2p' && model.sessions.alive.size > 0,
  };
}

function ownerOf({ owner }: Making, { callers, leases }: Real): string {
  if (owner === 'lease' && leases.size > 0) return `lease${leases.size}`;
  return owner === 'a' ? callers.a.id : callers.b.id;
}

function namedBy(kind: Kind, { master, other, room, isRight }: Making, model: Reference): Names {
  const nameOf = (session: Subject | undefined): string => session?.id ?? 'nobody';
  return {
    master: master === undefined ? undefined : nameOf(model.at(master)),
    proxy: kind === 'bridge' && isRight ? nameOf(model.of('proxy', other)) : undefined,
    publisher: kind === 'listen' && isRight ? nameOf(model.of('publish', other)) : undefined,
    room: kind === 'publish' && room !== undefined ? `r${room}` : undefined,
  };
}

function wordsOf(asked: Asked, real: Real): object {
  const { kind, hasOffer, isCallee, proxy, publisher, room, owner, master } = asked;
  const peer = isCallee ? (real.broker.sessions.ids()[0] ?? proxy) : proxy;
  return {
    type: kind,
    session_id: asked.id,
    no_offer_trickle_ice: asked.gathersOffer,
    no_answer_trickle_ice: asked.gathersAnswer,
    set_master_answer: asked.setsMasterAnswer,
    stop_after_peer: asked.stopsAfterPeer,
    mute_audio: asked.isMuted,
    wait_timeout: asked.waitMs / 1000,
    ready_timeout: asked.readyMs / 1000,
    create_room: asked.createsRoom,
    ...(hasOffer && { offer: { sdp: 'v=0', trickle_ice: asked.isTrickled } }),
    ...(peer !== undefined && { peer_id: peer }),
    ...(publisher !== undefined && { publisher_id: publisher }),
    ...(room !== undefined && { room_id: room }),
    ...(master !== undefined && { master_id: master }),
    ...(owner.startsWith('lease') && { lease_id: real.leases.get(owner) }),
  };
}

function callerOf({ owner }: Asked, { callers }: Real): Real['callers']['a'] {
  return owner === callers.b.id ? callers.b : callers.a;
}

/** The reply names the room, also one that nobody had named. */
function assertRoom({ id, room }: Asked, reply: Reply, model: Reference, real: Real): void {
  if (reply.result !== 'ok') return;
  const said = String(Reflect.get(reply.data, 'room_id'));
  assert.equal(real.names.get(said) ?? said, room ?? model.sessions.find(id)?.room);
}
