import assert from 'node:assert/strict';
import fc from 'fast-check';
import { askOf, place, step, type Step } from './step.ts';

const maybe = fc.option(fc.boolean(), { nil: undefined });

export const link: fc.Arbitrary<Step> = step(
  'link',
  fc.record({ one: place, other: place, stops: maybe, sets: maybe }),
  async ({ one, other, stops, sets }, model, real) => {
    const [session_id, master_id] = [model.at(one)?.id ?? 'nobody', model.at(other)?.id ?? 'nobody'];
    const settings = {
      ...(stops !== undefined && { stop_after_peer: stops }),
      ...(sets !== undefined && { set_master_answer: sets }),
    };
    const reply = await real.ask('session', 'link', { session_id, master_id, ...settings });
    assert.equal(reply, model.link(session_id, master_id, stops, sets), 'link');
  },
);

export const unlink: fc.Arbitrary<Step> = step(
  'unlink',
  fc.record({ one: place, other: fc.option(place, { nil: undefined }) }),
  async ({ one, other }, model, real) => {
    const peer = other === undefined ? undefined : (model.at(other)?.id ?? 'nobody');
    const data = peer === undefined ? {} : { peer_id: peer };
    await askOf(model.at(one), real, { cmd: 'unlink', ...data }, (session) => model.unlink(session, peer));
  },
);
