import {
  extensionUri,
  Forwarder,
  Source,
  type ForwardedLayers,
  type ReceiveParameters,
  type RtpPacket,
  type SendParameters,
  type SourceKeeper,
} from '#janus/media';
import { FakeRtpSender } from './fake-rtp-sender.ts';
import { rtpPacket, vp8Payload, type PacketPlan } from './rtp-stream.ts';

const vp8: ReceiveParameters = {
  kind: 'video',
  payloadTypes: new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]),
  extensions: new Map([[extensionUri.audioLevel, 3]]),
};
/** What a publisher of audio sends. */
export const opus: ReceiveParameters = {
  kind: 'audio',
  payloadTypes: new Map([[111, { encodingName: 'opus', clockRate: 48_000 }]]),
  extensions: new Map(),
};
/** A subscriber that takes retransmissions as RFC 4588 has them. */
export const withRtx: SendParameters = {
  mid: 'a',
  ssrc: 9,
  rtxSsrc: 10,
  payloadTypes: new Map([
    ['VP8', { media: 120, rtx: 121 }],
    ['opus', { media: 111 }],
  ]),
  extensions: new Map([[extensionUri.absoluteSendTime, 2]]),
};
/** A subscriber that takes them under their first numbers. */
export const plain: SendParameters = {
  ssrc: 9,
  payloadTypes: withRtx.payloadTypes,
  extensions: withRtx.extensions,
};

/** Sources that count the keyframes they are asked for, and one subscriber. */
export class ForwarderScene {
  readonly sender: FakeRtpSender;
  readonly forwarder: Forwarder;
  readonly layers: ForwardedLayers[] = [];
  asked = 0;

  constructor(parameters: SendParameters) {
    this.sender = new FakeRtpSender(parameters);
    this.forwarder = new Forwarder(this.sender, (layers) => this.layers.push(layers));
  }

  source(publisher: string, parameters: ReceiveParameters = vp8): Source {
    return new Source({ publisher, mid: '0' }, parameters, () => (this.asked += 1), noKeeper, 0);
  }

  /** A simulcast layer of the publisher `1`. */
  layer(layer: number, parameters: ReceiveParameters = vp8): Source {
    return new Source({ publisher: '1', mid: '0', layer }, parameters, () => (this.asked += 1), noKeeper, 0);
  }

  /** Numbers of the packets sent since the last call. */
  numbers(): readonly number[] {
    return this.sender.take().map(({ sequenceNumber }) => sequenceNumber);
  }
}

/** Looks after nothing; the clocks of publishers are ours. */
export const noKeeper: SourceKeeper = {
  arrived() {
    // The tests look at what is sent.
  },
  localTime: (wallTimeMs) => wallTimeMs,
  ended() {
    // Nobody counts them.
  },
};

/** A keyframe of one VP8 packet. */
export function keyframe(sequenceNumber: number, plan: PacketPlan = {}): RtpPacket {
  return rtpPacket({ sequenceNumber, payload: vp8Payload(sequenceNumber, 1, true), ...plan });
}

/** A packet that needs the ones before it. */
export function delta(sequenceNumber: number, plan: PacketPlan = {}): RtpPacket {
  return rtpPacket({ sequenceNumber, payload: vp8Payload(sequenceNumber, 1, false), ...plan });
}

/** A packet of `opus`. */
export function audio(sequenceNumber: number, plan: PacketPlan = {}): RtpPacket {
  return rtpPacket({ sequenceNumber, payloadType: 111, ...plan });
}
