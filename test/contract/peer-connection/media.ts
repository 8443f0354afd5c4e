import assert from 'node:assert/strict';
import { midsOf, plansFor, type Rule } from './subject.ts';

/** Packets and messages. */
export const mediaRules: Readonly<Record<string, Rule>> = {
  'packets reach the sink that is opened once per encoding': async (subject, peer) => {
    const [mid = ''] = await subject.connect(peer, ['audio']);
    const received = subject.receive(mid);

    peer.startRtp(mid);
    await subject.world.until(() => subject.packets >= 3);
    received[Symbol.dispose]();
    const before = subject.packets;
    peer.stopRtp(mid);
    await subject.world.until(() => subject.flowing(mid).length === 2);

    assert.equal(subject.packets, before);
    assert.equal(subject.encodings.length, 1);
    assert.equal(subject.encodings[0]?.parameters.kind, 'audio');
  },

  'media is told to flow, and after a second of silence to have stopped': async (subject, peer) => {
    const [mid = ''] = await subject.connect(peer, ['audio']);

    peer.startRtp(mid);
    await subject.world.until(() => subject.flowing(mid).length === 1);
    peer.stopRtp(mid);
    await subject.world.until(() => subject.flowing(mid).length === 2);

    assert.deepEqual(subject.flowing(mid), [true, false]);
    assert.deepEqual(
      subject.events.filter(({ type }) => type !== 'stream').map(({ type }) => type),
      ['connected', 'media', 'media'],
    );
  },

  'streams that can arrive are told once each': async (subject, peer) => {
    await subject.connect(peer, ['audio', 'video', 'data']);

    const kinds = subject.events.flatMap((event) => (event.type === 'stream' ? [event.kind] : []));

    assert.deepEqual(kinds, ['audio', 'video']);
  },

  'only what sends has a sender': async (subject, peer) => {
    const { connection } = subject;
    assert.throws(() => connection.sender('0'), RangeError);
    const offer = await peer.offer(['audio', 'video']);
    const [audio = '', video = ''] = midsOf(offer);
    const plans = plansFor(offer).map((plan) =>
      plan.kind === 'video' ? { ...plan, direction: 'recvonly' as const } : plan,
    );
    await connection.answer(offer, plans);

    assert.equal(connection.sender(audio).parameters.payloadTypes.has('opus'), true);
    assert.equal(connection.sender(audio), connection.sender(audio));
    assert.throws(() => connection.sender(video), RangeError);
    assert.throws(() => connection.sender('nowhere'), RangeError);
  },

  'what is sent arrives': async (subject, peer) => {
    const [mid = ''] = await subject.connect(peer, ['audio']);
    const sender = subject.connection.sender(mid);
    const { ssrc, payloadTypes } = sender.parameters;
    const packet = Buffer.alloc(40, 1);
    packet.writeUInt32BE(ssrc, 8);
    packet.set([0x80, payloadTypes.get('opus')?.media ?? 0, 0, 1], 0);

    await subject.world.until(() => {
      packet.writeUInt16BE(packet.readUInt16BE(2) + 1, 2);
      sender.send(packet, 12, packet, 12);
      return peer.rtpReceived(mid) > 0;
    });
  },

  'the counters name the kind and codec of each stream, and the way that packets take': async (
    subject,
    peer,
  ) => {
    const before = subject.connection.stats();
    const [mid = ''] = await subject.connect(peer, ['audio']);
    const received = subject.receive(mid);
    peer.startRtp(mid);
    await subject.world.until(() => subject.packets >= 3);
    peer.stopRtp(mid);
    received[Symbol.dispose]();

    const { streams, path } = subject.connection.stats();

    assert.deepEqual([before.streams, before.path], [[], undefined]);
    assert.deepEqual(
      streams.map(({ direction, kind, codec }) => [direction, kind, codec]),
      [
        ['in', 'audio', 'opus'],
        ['out', 'audio', 'opus'],
      ],
    );
    assert.ok((streams[0]?.packets ?? 0) >= 3);
    assert.equal(path?.protocol, 'udp');
    assert.ok(path.local.port > 0 && path.remote.port > 0);
  },

  'a keyframe is asked for where there is someone to ask, and elsewhere it is no error': async (
    subject,
    peer,
  ) => {
    const { connection } = subject;
    const [mid = ''] = await subject.connect(peer, ['video']);

    connection.requestKeyframe(mid);
    connection.requestKeyframe(mid, 'h');
    connection.requestKeyframe('nowhere');
    connection.limitBitrate(64_000);
    await connection[Symbol.asyncDispose]();
    connection.requestKeyframe(mid);
    connection.limitBitrate(64_000);
  },

  'data channel messages go both ways': async (subject, peer) => {
    await subject.connect(peer, ['data']);

    // Before, 'hello' would go on a channel of our own; and the peer's is open when something came over it.
    await subject.world.until(() => subject.has('channel'));
    assert.equal(subject.connection.sendData('chat', 'hello'), true);
    await subject.world.until(() => peer.dataReceived().length > 0);
    peer.sendData('hi');
    await subject.world.until(() => subject.has('data'));

    assert.deepEqual(subject.told('channel'), [
      { type: 'channel', label: 'chat', reliability: subject.reliabilityOf('chat') },
    ]);
    assert.deepEqual(subject.told('data'), [{ type: 'data', label: 'chat', payload: 'hi' }]);
    assert.equal(peer.dataReceived()[0], 'hello');
  },

  'data for a label that the peer has not opened goes on a channel that is opened to it': async (
    subject,
    peer,
  ) => {
    await subject.connect(peer, ['data']);

    assert.equal(subject.connection.sendData('news', 'hello'), true);
    await subject.world.until(() => peer.dataReceived().includes('hello'));

    assert.deepEqual(peer.channelsReceived(), ['news']);
  },

  'a channel is opened without a message, and no second one beside that of the peer': async (
    subject,
    peer,
  ) => {
    const offer = await peer.offer(['data']);
    const answer = await subject.connection.answer(offer, plansFor(offer));
    assert.equal(subject.connection.openChannel('news'), true);
    await peer.accept(answer);
    await subject.world.until(() => subject.has('channel'));

    assert.equal(subject.connection.openChannel('chat'), true);
    await subject.world.until(() => peer.channelsReceived().length > 0);

    assert.deepEqual(peer.channelsReceived(), ['news']);
  },

  'no channel is opened where none were negotiated': async (subject, peer) => {
    await subject.connect(peer, ['audio']);

    assert.equal(subject.connection.openChannel('news'), false);
    assert.equal(subject.connection.sendData('news', 'hello'), false);
  },
};
