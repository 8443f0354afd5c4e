import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Real } from '../real.ts';
import type { Reference } from '../reference/reference.ts';
import type { Subject } from '../reference/subject.ts';

/** One command of a sequence. */
export type Step = fc.AsyncCommand<Reference, Real>;

/** A place among the sessions that live; the last is nobody's. */
export const place = fc.nat(15);

/** Makes a command: time goes on by 1 ms, both sides act, and are compared. */
export function step<Args>(
  name: string,
  args: fc.Arbitrary<Args>,
  act: (args: Args, model: Reference, real: Real) => Promise<void>,
): fc.Arbitrary<Step> {
  return args.map((chosen) => ({
    check: () => true,
    run: async (model, real) => {
      model.advance(1);
      await real.broker.pass(1);
      await act(chosen, model, real);
      real.compare(model);
    },
    toString: () => `${name} ${JSON.stringify(chosen)}`,
  }));
}

/** Sends a command about a session; one that is not there is not found. */
export async function askOf(
  subject: Subject | undefined,
  real: Real,
  { cmd, ...data }: { readonly cmd: string } & Record<string, unknown>,
  expected: (subject: Subject) => string,
): Promise<void> {
  const reply = await real.ask('session', cmd, { session_id: subject?.id ?? 'nobody', ...data });
  const wanted = subject === undefined ? 'session_not_found' : expected(subject);
  assert.equal(reply, wanted, `${cmd} of ${subject?.id ?? 'nobody'}`);
}
