import assert from 'node:assert/strict';
import { NegotiationError, parseSdp, type StreamPlan } from '#janus/media';
import { midsOf, plansFor, rejectedIn, type Rule, type Subject } from './subject.ts';
import type { RemotePeer } from './world.ts';

type Kinds = readonly StreamPlan['kind'][];

/** What changes while a connection lives. */
export const renegotiationRules: Readonly<Record<string, Rule>> = {
  'an m-line that is added brings packets, and the others go on': async (subject, peer) => {
    const [audio = ''] = await subject.connect(peer, ['audio']);
    subject.receive(audio);
    peer.startRtp(audio);
    await subject.world.until(() => subject.packets > 0);

    const [, video = ''] = await renew(subject, peer, ['audio', 'video']);
    subject.receive(video);
    peer.startRtp(video);
    await subject.world.until(() => subject.encodings.length === 2);

    assert.deepEqual(
      subject.encodings.map(({ parameters }) => parameters.kind),
      ['audio', 'video'],
    );
    assert.deepEqual(subject.flowing(audio), [true]);
    assert.equal(subject.told('connected').length, 1);
  },

  'data channels may be added later': async (subject, peer) => {
    const { connection, world } = subject;
    await subject.connect(peer, ['audio']);
    const early = connection.sendData('chat', 'too early');

    await renew(subject, peer, ['audio', 'data']);
    await world.until(() => connection.sendData('chat', 'hello'));
    await world.until(() => peer.dataReceived().includes('hello'));

    assert.equal(early, false);
    assert.equal(subject.told('connected').length, 1);
  },

  'an m-line that is removed ends, and the others go on': async (subject, peer) => {
    const [audio = '', video = ''] = await subject.connect(peer, ['audio', 'video']);
    subject.receive(audio);
    const offer = await peer.removing(video);

    const answer = await subject.connection.answer(offer, plansFor(offer));
    await peer.accept(answer);
    peer.startRtp(audio);
    await subject.world.until(() => subject.packets > 0);

    assert.deepEqual(rejectedIn(answer), [false, true]);
    assert.deepEqual(subject.told('stream_ended'), [{ type: 'stream_ended', mid: video }]);
    assert.throws(() => subject.connection.sender(video), RangeError);
  },

  'a stream on hold has no sender, and its own again when it is resumed': async (subject, peer) => {
    const { connection } = subject;
    const [audio = ''] = await subject.connect(peer, ['audio']);
    const sender = connection.sender(audio);
    const { ssrc } = sender.parameters;

    await renew(subject, peer, ['audio'], 'inactive');
    assert.throws(() => connection.sender(audio), RangeError);
    await renew(subject, peer, ['audio']);

    assert.equal(connection.sender(audio), sender);
    assert.equal(sender.parameters.ssrc, ssrc);
    assert.equal(subject.has('stream_ended'), false);
  },

  'a peer that restarts ICE keeps its media': async (subject, peer) => {
    const [audio = ''] = await subject.connect(peer, ['audio']);
    subject.receive(audio);
    peer.startRtp(audio);
    await subject.world.until(() => subject.packets > 0);
    const before = subject.packets;

    const offer = await peer.offer(['audio'], { restartsIce: true });
    await peer.accept(await subject.connection.answer(offer, plansFor(offer)));
    await subject.world.until(() => subject.packets > before + 20);

    assert.equal(subject.encodings.length, 1);
    assert.equal(subject.told('connected').length, 1);
  },

  'a peer that was made anew connects again, and brings streams of its own': async (subject, peer) => {
    const [audio = ''] = await subject.connect(peer, ['audio']);
    subject.receive(audio);
    peer.startRtp(audio);
    await subject.world.until(() => subject.packets > 0);
    peer.stopRtp(audio);
    await using successor = await subject.world.peer();

    const offer = await successor.offer(['audio']);
    await successor.accept(await subject.connection.answer(offer, plansFor(offer)));
    const before = subject.packets;
    successor.startRtp(audio);
    await subject.world.until(() => subject.packets > before);

    assert.equal(subject.encodings.length, 2);
    assert.equal(subject.told('connected').length, 1);
    assert.equal(subject.has('closed'), false);
  },
};

/** The same for offers of our own. */
export const ownRenegotiationRules: Readonly<Record<string, Rule>> = {
  'an offer of the peer is refused while ours waits, and ours can still be answered': async (
    subject,
    peer,
  ) => {
    const { connection } = subject;
    const [audio = ''] = await subject.connect(peer, ['audio']);
    const theirs = await peer.offer(['audio']);
    const ours = await connection.offer([plan('audio', audio)]);

    await assert.rejects(connection.answer(theirs, plansFor(theirs)), NegotiationError);
    await using other = await subject.world.peer();
    await connection.acceptAnswer(await other.answer(ours));

    assert.equal(subject.has('closed'), false);
  },

  'its own later offer keeps m-lines in their places, removes what is not planned and adds what is new':
    async (subject, peer) => {
      const [audio = '', video = ''] = await subject.connect(peer, ['audio', 'video']);

      const offer = await subject.connection.offer([plan('video', video), { ...plan('audio') }]);

      assert.deepEqual(midsOf(offer).slice(0, 2), [audio, video]);
      assert.deepEqual(rejectedIn(offer), [true, false, false]);
      await assert.rejects(subject.connection.offer([plan('audio', video)]), NegotiationError);
    },

  'its own offer may restart ICE, and media goes on': async (subject, peer) => {
    const { connection } = subject;
    const offered = await connection.offer([plan('audio')]);
    await connection.acceptAnswer(await peer.answer(offered));
    await subject.world.until(() => subject.has('connected'));
    const [audio = ''] = midsOf(offered);
    subject.receive(audio);
    peer.startRtp(audio);
    await subject.world.until(() => subject.packets > 0);
    const before = subject.packets;

    const again = await connection.offer([plan('audio', audio)]);
    const restart = await connection.offer([plan('audio', audio)], { restartsIce: true });
    await connection.acceptAnswer(await peer.answer(restart));
    await subject.world.until(() => subject.packets > before + 20);

    assert.equal(ufragOf(again), ufragOf(offered));
    assert.notEqual(ufragOf(restart), ufragOf(offered));
    assert.equal(subject.encodings.length, 1);
  },
};

/** One more offer of `peer`, answered as it is but for the direction; gives the mids. */
async function renew(
  { connection }: Subject,
  peer: RemotePeer,
  kinds: Kinds,
  direction: StreamPlan['direction'] = 'sendrecv',
): Promise<string[]> {
  const offer = await peer.offer(kinds);
  const plans = plansFor(offer).map((one) => ({ ...one, direction }));
  await peer.accept(await connection.answer(offer, plans));
  return midsOf(offer);
}

function plan(kind: 'audio' | 'video', mid?: string): StreamPlan {
  const codecs = [kind === 'audio' ? 'opus' : 'VP8'];
  return { kind, direction: 'sendrecv', codecs, ...(mid !== undefined && { mid }) };
}

function ufragOf(sdp: string): string | undefined {
  return parseSdp(sdp).media[0]?.iceUfrag;
}
