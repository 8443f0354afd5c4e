import assert from 'node:assert/strict';
import { NegotiationError } from '#janus/media';
import { plansFor, type Rule } from './subject.ts';

/** Every way to end. */
export const closingRules: Readonly<Record<string, Rule>> = {
  'a peer that says goodbye closes it, and nothing is told after that': async (subject, peer) => {
    await subject.connect(peer, ['audio', 'data']);

    await peer.close();
    await subject.world.until(() => subject.has('closed'));
    await subject.connection[Symbol.asyncDispose]();

    assert.deepEqual(subject.events.at(-1), { type: 'closed', reason: 'dtls_alert' });
    assert.equal(subject.told('closed').length, 1);
  },

  'a peer that never comes closes it after the connect timeout': async (subject, peer) => {
    const offer = await peer.offer(['audio']);
    await subject.connection.answer(offer, plansFor(offer));

    await subject.world.until(() => subject.has('closed'));

    assert.deepEqual(subject.told('closed'), [{ type: 'closed', reason: 'ice_failed' }]);
  },

  'a peer that falls silent is told of, and closes it if that goes on': async (subject, peer) => {
    const [mid = ''] = await subject.connect(peer, ['audio']);
    peer.startRtp(mid);
    await subject.world.until(() => subject.flowing(mid).length === 1);

    peer.vanish();
    await subject.world.until(() => subject.has('closed'));

    assert.deepEqual(
      subject.events.filter(({ type }) => type !== 'stream').map(({ type }) => type),
      ['connected', 'media', 'media', 'silent', 'closed'],
    );
    assert.deepEqual(subject.told('closed'), [{ type: 'closed', reason: 'media_timeout' }]);
  },

  'an owner that disposes when it is told of the end waits for all of it': async (subject, peer) => {
    await subject.connect(peer, ['audio']);
    const disposals: Promise<void>[] = [];
    subject.react = ({ type }) => {
      if (type === 'closed') disposals.push(Promise.resolve(subject.connection[Symbol.asyncDispose]()));
    };

    await peer.close();
    await subject.world.until(() => disposals.length > 0);
    await Promise.all(disposals);

    assert.equal(subject.world.held(), 0);
    assert.equal(subject.told('closed').length, 1);
  },

  'disposing is idempotent, is told once, and leaves nothing that works': async (subject, peer) => {
    const { connection } = subject;
    const [mid = ''] = await subject.connect(peer, ['audio', 'data']);
    const offer = await peer.offer(['audio', 'data']);

    await Promise.all([connection[Symbol.asyncDispose](), connection[Symbol.asyncDispose]()]);

    assert.deepEqual(subject.events.at(-1), { type: 'closed', reason: 'local' });
    assert.equal(subject.told('closed').length, 1);
    await assert.rejects(connection.answer(offer, plansFor(offer)), NegotiationError);
    await assert.rejects(connection.offer([]), NegotiationError);
    assert.throws(() => connection.sender(mid), RangeError);
    assert.equal(connection.sendData('chat', 'too late'), false);
    connection.addCandidate(undefined);
  },

  'what waits while it is disposed settles': async (subject, peer) => {
    const { connection } = subject;
    const offer = await peer.offer(['audio']);

    const answer = connection.answer(offer, plansFor(offer));
    await connection[Symbol.asyncDispose]();

    await Promise.allSettled([answer]);
  },
};
