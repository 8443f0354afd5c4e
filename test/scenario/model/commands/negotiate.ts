import { MediaError } from '#schemas';
import fc from 'fast-check';
import type { Real } from '../real.ts';
import type { Reference } from '../reference/reference.ts';
import { askOf, place, step, type Step } from './step.ts';

const line = 'candidate:1 1 udp 1 192.0.2.1 9 typ host';
const rarely = fc.nat(7).map((of) => of === 0);

/** Gives an answer: the right one, too early or once more. */
export const setAnswer: fc.Arbitrary<Step> = step(
  'set_answer',
  fc.record({ one: place, isTrickled: fc.boolean(), fails: rarely }),
  async ({ one, isTrickled, fails }, model, real) =>
    withFailure(fails, model, real, async () => {
      const answer = { sdp: 'v=0', trickle_ice: isTrickled };
      await askOf(model.at(one), real, { cmd: 'set_answer', answer }, (session) =>
        model.setAnswer(session, isTrickled),
      );
    }),
);

/** Asks for a description, and waits for it beside the sequence. */
export const getDescription: fc.Arbitrary<Step> = step(
  'get',
  fc.record({ one: place, wanted: fc.constantFrom('offer', 'answer') }),
  async ({ one, wanted }, model, real) => {
    const session = model.at(one);
    real.wait(`get_${wanted}`, session?.id ?? 'nobody');
    if (session === undefined) model.book.note('session_not_found');
    else model.getDescription(session, wanted);
    await real.broker.pass();
  },
);

/** One of those who wait gives up. */
export const cancel: fc.Arbitrary<Step> = step('cancel', fc.nat(7), async (one, model, real) => {
  const chosen = one % Math.max(real.waits.length, 1);
  real.waits[chosen]?.abort();
  model.book.giveUp(chosen);
  await real.broker.pass();
});

/** Gives a candidate, or says that there are no more. */
export const trickle: fc.Arbitrary<Step> = step(
  'trickle',
  fc.record({ one: place, isEnd: fc.nat(2).map((of) => of === 0) }),
  async ({ one, isEnd }, model, real) => {
    const candidate = { sdpMLineIndex: 0, candidate: line };
    const data = isEnd ? { cmd: 'set_candidate_end' } : { cmd: 'set_candidate', ...candidate };
    await askOf(model.at(one), real, data, (session) => {
      model.sessions.trickle(session, isEnd);
      return 'ok';
    });
  },
);

export const updateMedia: fc.Arbitrary<Step> = step(
  'update_media',
  fc.record({ one: place, isMuted: fc.boolean(), fails: rarely }),
  async ({ one, isMuted, fails }, model, real) =>
    withFailure(fails, model, real, async () => {
      await askOf(model.at(one), real, { cmd: 'update_media', mute_audio: isMuted }, (session) =>
        model.updateMedia(session, isMuted),
      );
    }),
);

export const setType: fc.Arbitrary<Step> = step(
  'set_type',
  fc.record({ one: place, to: fc.constantFrom('echo', 'park', 'listen'), other: place, fails: rarely }),
  async ({ one, to, other, fails }, model, real) =>
    withFailure(fails, model, real, async () => {
      const publisher = model.of('publish', other);
      const session = to === 'listen' ? model.of('listen', one) : model.at(one);
      const data = { cmd: 'set_type', type: to, publisher_id: publisher?.id ?? 'nobody' };
      await askOf(session, real, data, (subject) => model.setType(subject, to, publisher));
    }),
);

/** While it acts, legs may fail whatever they are asked. */
async function withFailure(
  fails: boolean,
  { book }: Reference,
  real: Real,
  act: () => Promise<void>,
): Promise<void> {
  const failure = fails ? 'session_failed' : undefined;
  book.failure = failure;
  real.fail(failure && new MediaError(failure));
  await act();
  book.failure = undefined;
  real.fail(undefined);
}
