import assert from 'node:assert/strict';
import { parseSdp, type StreamPlan } from '#janus/media';
import type { Rule } from './subject.ts';

/** Offers of our own. */
export const offeringRules: Readonly<Record<string, Rule>> = {
  'its own offer has one m-line per plan, in order': async (subject) => {
    const { connection } = subject;
    const plans: StreamPlan[] = [
      { kind: 'video', direction: 'sendonly', codecs: ['VP8'] },
      { kind: 'audio', direction: 'sendrecv', codecs: ['opus'] },
    ];

    const { media } = parseSdp(await connection.offer(plans));

    assert.deepEqual(
      media.map(({ kind, direction }) => `${kind} ${direction}`),
      ['video sendonly', 'audio sendrecv'],
    );
  },

  'a peer that answers its offer connects': async (subject, peer) => {
    const offer = await subject.connection.offer([
      { kind: 'audio', direction: 'sendrecv', codecs: ['opus'] },
    ]);

    await subject.connection.acceptAnswer(await peer.answer(offer));
    await subject.world.until(() => subject.has('connected'));

    assert.equal(subject.told('connected').length, 1);
  },
};
