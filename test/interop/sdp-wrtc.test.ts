import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  offeredStreams,
  parseSdp,
  type LocalTransport,
  type NegotiatedSession,
  type StreamPlan,
} from '#janus/media';
import { localTransport } from '../fixtures/sdp/local-transport.ts';

/** What this file uses of `@roamhq/wrtc`, whose own types need those of a browser. */
interface Wrtc {
  readonly RTCPeerConnection: new (configuration: object) => Peer;
}

interface Description {
  readonly type: string;
  readonly sdp: string;
}

interface Peer {
  readonly signalingState: string;
  addTransceiver(kind: string, options?: object): unknown;
  getTransceivers(): readonly { readonly currentDirection: string | null }[];
  createDataChannel(label: string): unknown;
  createOffer(): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  close(): void;
}

function isWrtc(module: unknown): module is Wrtc {
  return typeof module === 'object' && module !== null && 'RTCPeerConnection' in module;
}

const wrtc: unknown = createRequire(import.meta.url)('@roamhq/wrtc');

// Left to itself the library crashes the process when it is torn down after a peer had a receiver.
process.once('exit', () => process.exit());

/** Nobody listens on the discard port, so that a peer has something to try and nobody to disturb. */
const local: Partial<LocalTransport> = { candidates: ['candidate:1 1 udp 2130706431 127.0.0.1 9 typ host'] };

async function withPeer(use: (peer: Peer) => Promise<void>): Promise<void> {
  assert.ok(isWrtc(wrtc));
  const peer = new wrtc.RTCPeerConnection({ iceServers: [] });
  try {
    await use(peer);
  } finally {
    peer.close();
  }
}

/** Offers what `peer` has and gives it our answer, which plans every stream with `codecs`, unless `plan` changes it. */
async function negotiate(
  peer: Peer,
  codecs: readonly string[],
  plan: (stream: StreamPlan) => readonly StreamPlan[] = (stream) => [stream],
  changes: Partial<LocalTransport> = {},
): Promise<NegotiatedSession> {
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const description = parseSdp(offer.sdp);
  const plans = offeredStreams(description).flatMap(({ mid, kind }) =>
    plan({ mid, kind, direction: 'sendrecv', codecs }),
  );
  const session = negotiateAnswer(description, plans, localTransport({ ...local, ...changes }));
  await peer.setRemoteDescription({ type: 'answer', sdp: session.sdp });
  return session;
}

for (const codecs of [
  ['opus', 'VP8'],
  ['PCMU', 'VP9'],
  ['PCMA', 'telephone-event', 'AV1'],
  ['G722', 'VP8'],
]) {
  test(`a peer takes our answer of ${codecs.join(', ')} and data`, () =>
    withPeer(async (peer) => {
      peer.addTransceiver('audio');
      peer.addTransceiver('video');
      peer.createDataChannel('echo');

      const session = await negotiate(peer, codecs);

      assert.equal(peer.signalingState, 'stable');
      assert.deepEqual(
        peer.getTransceivers().map(({ currentDirection }) => currentDirection),
        ['sendrecv', 'sendrecv'],
      );
      assert.ok(session.media.every(({ isRejected }) => !isRejected));
    }));
}

test('a peer takes an answer with rejected m-lines', () =>
  withPeer(async (peer) => {
    peer.addTransceiver('audio');
    peer.addTransceiver('video');
    peer.createDataChannel('echo');

    await negotiate(peer, ['opus', 'VP8'], (stream) => (stream.kind === 'video' ? [stream] : []));

    assert.equal(peer.signalingState, 'stable');
    // The transceiver of a rejected m-line ends.
    assert.deepEqual(
      peer.getTransceivers().map(({ currentDirection }) => currentDirection),
      ['sendrecv'],
    );
  }));

test('a peer takes a second answer on the same connection, with more m-lines', () =>
  withPeer(async (peer) => {
    peer.addTransceiver('audio', { direction: 'recvonly' });
    await negotiate(peer, ['opus', 'VP8']);
    peer.addTransceiver('video');
    peer.addTransceiver('audio', { direction: 'sendonly' });

    await negotiate(peer, ['opus', 'VP8'], undefined, { origin: { sessionId: '77', version: 2 } });

    assert.deepEqual(
      peer.getTransceivers().map(({ currentDirection }) => currentDirection),
      ['recvonly', 'sendrecv', 'sendonly'],
    );
  }));

test('a peer takes simulcast and transport-wide congestion control', () =>
  withPeer(async (peer) => {
    peer.addTransceiver('video', { sendEncodings: [{ rid: 'h' }, { rid: 'm' }, { rid: 'l' }] });

    const session = await negotiate(
      peer,
      ['VP8'],
      (stream) => [{ ...stream, direction: 'recvonly', rids: ['l', 'm', 'h'] }],
      { hasTransportCc: true },
    );

    assert.deepEqual(session.media[0]?.receive?.rids, ['l', 'm', 'h']);
    assert.equal(peer.getTransceivers()[0]?.currentDirection, 'sendonly');
  }));

test('a peer takes our offer, and we its answer', () =>
  withPeer(async (peer) => {
    const offer = negotiateOffer(
      [
        { kind: 'audio', direction: 'sendrecv', codecs: ['opus', 'telephone-event'] },
        { kind: 'video', direction: 'sendonly', codecs: ['VP8', 'VP9', 'AV1'] },
        { kind: 'data', direction: 'sendrecv', codecs: [] },
      ],
      localTransport({ ...local, hasTransportCc: true }),
    );
    await peer.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    const answer = await peer.createAnswer();
    await peer.setLocalDescription(answer);

    const session = acceptAnswer(offer, answer.sdp);

    assert.deepEqual(
      session.media.map(({ kind, direction }) => `${kind} ${direction}`),
      ['audio sendonly', 'video sendonly', 'data sendrecv'],
    );
    assert.deepEqual([...(session.media[1]?.send?.payloadTypes.keys() ?? [])], ['VP8', 'VP9', 'AV1']);
    assert.equal(session.dtlsRole, 'passive');
  }));
