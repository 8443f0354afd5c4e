import { parseSdp } from '#janus/media';
import type { RemotePeer } from '../../contract/peer-connection.ts';
import { wrtc, type Channel, type Track } from './wrtc.ts';

type Kind = 'audio' | 'video' | 'data';

const sampleRateHz = 48_000;
const width = 160;
const height = 120;

/** The far end of the PeerConnection suite on the stack of `@roamhq/wrtc`. */
export class WrtcRemote implements RemotePeer {
  readonly #connection = new wrtc.RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
  readonly #kinds: Kind[] = [];
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #feeds = new Map<Kind, () => void>();
  readonly #tracks: Track[] = [];
  readonly #received: string[] = [];
  readonly #opened: string[] = [];
  readonly #packets = new Map<string, number>();
  readonly #poll = setInterval(() => void this.#count(), 50);
  #channel: Channel | undefined;

  constructor() {
    this.#connection.ondatachannel = ({ channel }) => {
      this.#opened.push(channel.label);
      channel.onmessage = ({ data }) => this.#received.push(String(data));
    };
  }

  async offer(kinds: readonly Kind[], { restartsIce: iceRestart = false } = {}): Promise<string> {
    for (const kind of kinds.slice(this.#kinds.length)) this.#add(kind);
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart }));
    return await this.#gathered();
  }

  async removing(mid: string): Promise<string> {
    for (const transceiver of this.#connection.getTransceivers())
      if (transceiver.mid === mid) transceiver.stop();
    return await this.offer(this.#kinds);
  }

  /** Only a process of its own can be killed; FLT-05 does that. */
  vanish(): void {
    throw new RangeError('it cannot vanish');
  }

  async accept(answerSdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answerSdp });
  }

  async answer(offerSdp: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offerSdp });
    for (const { kind } of parseSdp(offerSdp).media.slice(this.#kinds.length))
      if (kind !== 'other') this.#answerWith(kind);
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    return await this.#gathered();
  }

  startRtp(mid: string): void {
    const feed = this.#feeds.get(this.#kinds[Number(mid)] ?? 'data');
    if (feed !== undefined) this.#timers.set(mid, setInterval(feed, 10));
  }

  /** Takes the track away: a source that is only starved goes on to send silence. */
  stopRtp(mid: string): void {
    clearInterval(this.#timers.get(mid));
    this.#timers.delete(mid);
    const kind = this.#kinds[Number(mid)];
    for (const track of this.#tracks) if (track.kind === kind) track.stop();
  }

  rtpReceived(mid: string): number {
    return this.#packets.get(this.#kinds[Number(mid)] ?? '') ?? 0;
  }

  sendData(text: string): void {
    this.#channel?.send(text);
  }

  dataReceived(): readonly string[] {
    return this.#received;
  }

  channelsReceived(): readonly string[] {
    return this.#opened;
  }

  close(): Promise<void> {
    clearInterval(this.#poll);
    for (const timer of this.#timers.values()) clearInterval(timer);
    for (const track of this.#tracks) track.stop();
    this.#connection.close();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #add(kind: Kind): void {
    this.#kinds.push(kind);
    if (kind === 'data') {
      this.#channel = this.#connection.createDataChannel('chat');
      this.#channel.onmessage = ({ data }) => this.#received.push(String(data));
      return;
    }
    const { track, feed } = kind === 'audio' ? tone() : picture();
    this.#tracks.push(track);
    this.#feeds.set(kind, feed);
    this.#connection.addTransceiver(track, { direction: 'sendrecv' });
  }

  /** Sends media on an m-line that was offered to it. */
  #answerWith(kind: Kind): void {
    this.#kinds.push(kind);
    if (kind === 'data') return;
    const { track, feed } = kind === 'audio' ? tone() : picture();
    this.#tracks.push(track);
    this.#feeds.set(kind, feed);
    this.#connection.addTrack(track);
  }

  async #gathered(): Promise<string> {
    while (this.#connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 5));
    return this.#connection.localDescription?.sdp ?? '';
  }

  async #count(): Promise<void> {
    for (const stats of (await this.#connection.getStats()).values()) {
      const { type, kind, packetsReceived } = stats;
      if (type === 'inbound-rtp' && typeof kind === 'string' && typeof packetsReceived === 'number')
        this.#packets.set(kind, packetsReceived);
    }
  }
}

interface Feed {
  readonly track: Track;
  readonly feed: () => void;
}

function tone(): Feed {
  const source = new wrtc.nonstandard.RTCAudioSource();
  const samples = Int16Array.from({ length: 480 }, (_, index) => 9000 * Math.sin(index / 8));
  const data = { samples, sampleRate: sampleRateHz, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480 };
  return { track: source.createTrack(), feed: () => source.onData(data) };
}

function picture(): Feed {
  const source = new wrtc.nonstandard.RTCVideoSource();
  const data = new Uint8ClampedArray(width * height * 1.5).fill(128);
  return { track: source.createTrack(), feed: () => source.onFrame({ width, height, data }) };
}
