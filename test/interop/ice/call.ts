import assert from 'node:assert/strict';
import type { PeerConnection, PeerConnectionEvent, StreamPlan } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc, type WebRtcOptions } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory, type DatagramSocketFactory } from '#services/kernel';
import { plansFor } from '../../contract/peer-connection/subject.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';

/** How long connecting may take on a busy machine. */
const patienceMs = 15_000;

/** One engine's WebRTC on real sockets of this machine's loopback, unless told otherwise. */
export function openWebRtc(
  options: Partial<WebRtcOptions> = {},
  sockets: DatagramSocketFactory = new UdpSocketFactory(systemClock),
): Promise<WebRtc> {
  const local = { address: '127.0.0.1', port: 0 };
  return WebRtc.open(
    { clock: systemClock, random: systemRandom, sockets, srtp: srtpContexts },
    { local, announcedAddresses: [], ...options },
  );
}

/** One connection of ours, with what it told. */
export class OurEnd implements AsyncDisposable {
  readonly events: PeerConnectionEvent[] = [];
  readonly connection: PeerConnection;
  /** RTP packets that came. */
  packets = 0;
  #sinks = 0;

  constructor(webrtc: WebRtc) {
    this.connection = webrtc.create({ id: 'ours', connectTimeoutMs: patienceMs }, (event) =>
      this.events.push(event),
    );
  }

  get isConnected(): boolean {
    return this.events.some(({ type }) => type === 'connected');
  }

  /** Messages that came. */
  get messages(): string[] {
    return this.events.flatMap((event) => (event.type === 'data' ? [String(event.payload)] : []));
  }

  receive(mid: string): void {
    this.#sinks += 1;
    this.connection.receive(mid, () => ({
      write: () => void (this.packets += 1),
      senderReport: () => undefined,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}

/** Has `ours` answer a call of wrtc's; `edit` changes the answer before the peer sees it. Gives the offer. */
export async function callFromWrtc(
  ours: OurEnd,
  peer: WrtcRemote,
  edit = (answer: string): string => answer,
): Promise<string> {
  const offer = await peer.offer(['audio', 'video', 'data']);
  const answer = await ours.connection.answer(offer, plansFor(offer));
  ours.receive('0');
  await peer.accept(edit(answer));
  peer.startRtp('0');
  await eventually('media and data flow', patienceMs, () => {
    assert.ok(ours.isConnected, JSON.stringify(ours.events));
    peer.sendData('hello');
    return ours.packets > 20 && ours.messages.length > 0;
  });
  return offer;
}

/** Streams of an offer of ours. */
export const plans: readonly StreamPlan[] = [
  { kind: 'audio', direction: 'sendrecv', codecs: ['opus'] },
  { kind: 'data', direction: 'sendrecv', codecs: [] },
];
