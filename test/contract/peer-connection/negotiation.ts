import assert from 'node:assert/strict';
import { NegotiationError, parseSdp } from '#janus/media';
import { midsOf, plansFor, rejectedIn, type Rule } from './subject.ts';

/** Offers, answers and their repetition. */
export const negotiationRules: Readonly<Record<string, Rule>> = {
  'every offered m-line is answered in order, and unplanned ones are rejected': async (subject, peer) => {
    const { connection } = subject;
    const offer = await peer.offer(['audio', 'video', 'data']);
    const plans = plansFor(offer).filter(({ kind }) => kind !== 'video');

    const answer = await connection.answer(offer, plans);

    assert.deepEqual(midsOf(answer), midsOf(offer));
    assert.deepEqual(rejectedIn(answer), [false, true, false]);
  },

  'an answer and an offer have what a peer needs to connect': async (subject, peer) => {
    const { connection } = subject;

    const offer = await peer.offer(['audio']);
    const answer = parseSdp(await connection.answer(offer, plansFor(offer)));
    const { iceUfrag = '', icePwd = '', fingerprints = [], setup = '' } = answer.media[0] ?? {};

    assert.equal(fingerprints[0]?.algorithm, 'sha-256');
    assert.equal(iceUfrag.length >= 4 && icePwd.length >= 22, true);
    assert.equal(['active', 'passive'].includes(setup), true);
  },

  'what is not a usable offer rejects with NegotiationError': async (subject) => {
    const { connection } = subject;

    for (const sdp of ['', 'hello', 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n']) {
      await assert.rejects(connection.answer(sdp, []), NegotiationError);
    }
  },

  'an answer is taken only after an offer': async (subject, peer) => {
    const { connection } = subject;
    const offer = await peer.offer(['audio']);
    const answer = await connection.answer(offer, plansFor(offer));

    await assert.rejects(connection.acceptAnswer(answer), NegotiationError);
  },

  'a second offer of the peer is answered on the same connection': async (subject, peer) => {
    await subject.connect(peer, ['audio']);

    const offer = await peer.offer(['audio', 'video']);
    const answer = await subject.connection.answer(offer, plansFor(offer));
    await peer.accept(answer);

    assert.deepEqual(rejectedIn(answer), [false, false]);
    assert.equal(subject.told('connected').length, 1);
  },

  'a refused second offer leaves the connection as it was': async (subject, peer) => {
    await subject.connect(peer, ['audio', 'data']);

    await assert.rejects(subject.connection.answer('v=0', []), NegotiationError);

    await subject.world.until(() => subject.connection.sendData('chat', 'still here'));
    assert.equal(subject.has('closed'), false);
  },

  'candidates are taken at any time, malformed ones and the end of them too': async (subject, peer) => {
    const { connection } = subject;
    const candidate = 'candidate:1 1 udp 1 203.0.113.1 9 typ host';
    connection.addCandidate({ candidate: 'garbage', sdpMLineIndex: 0 });
    connection.addCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
    connection.addCandidate(undefined);

    await subject.connect(peer, ['audio']);
    connection.addCandidate({ candidate, sdpMLineIndex: 0 });

    assert.equal(subject.has('closed'), false);
  },
};
