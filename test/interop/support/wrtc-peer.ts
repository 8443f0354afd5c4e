import { createRequire } from 'node:module';

/** What this file uses of `@roamhq/wrtc`, whose own types lean on those of a browser. */
interface Wrtc {
  readonly RTCPeerConnection: new (configuration: object) => Connection;
  readonly nonstandard: {
    readonly RTCAudioSource: new () => { createTrack(): Track; onData(data: object): void };
    readonly RTCVideoSource: new () => { createTrack(): Track; onFrame(frame: object): void };
    readonly RTCAudioSink: new (track: Track) => AudioSink;
    readonly RTCVideoSink: new (track: Track) => VideoSink;
  };
}

interface Track {
  readonly kind: string;
  stop(): void;
}

interface AudioSink {
  ondata: ((data: { readonly samples: Int16Array }) => void) | null;
  stop(): void;
}

interface VideoSink {
  onframe: ((event: { readonly frame: { readonly data: Uint8Array } }) => void) | null;
  stop(): void;
}

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

interface Channel {
  readonly readyState: string;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  send(message: string): void;
}

interface Connection {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: Description | null;
  ontrack: ((event: { readonly track: Track }) => void) | null;
  onicecandidate: ((event: { readonly candidate: Candidate | null }) => void) | null;
  addTrack(track: Track): unknown;
  createDataChannel(label: string, options?: object): Channel;
  createOffer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getStats(): Promise<Map<string, Readonly<Record<string, unknown>>>>;
  close(): void;
}

/** A candidate as the broker's commands take it. */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string;
  readonly sdpMLineIndex: number;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the package is typed for browsers
const wrtc: Wrtc = createRequire(import.meta.url)('@roamhq/wrtc');

const sampleRateHz = 48_000;
const toneHz = 440;
const width = 320;
const height = 240;

/** A peer on the WebRTC stack of `@roamhq/wrtc`: sends a tone, a moving picture and messages, and counts what comes. */
export class WrtcPeer implements Disposable {
  /** Gathered so far; complete when `candidates` ends with undefined. */
  readonly candidates: (Candidate | undefined)[] = [];
  readonly messages: string[] = [];
  frames = 0;
  /** Of the last picture: the mean of its luma, 0 to 255. */
  brightness = 0;
  /** The loudest sample since the last `hush`, 0 to 32,767. */
  loudness = 0;
  readonly #connection = new wrtc.RTCPeerConnection({ iceServers: [] });
  readonly #channel: Channel;
  readonly #stops: (() => void)[] = [];

  constructor(label = 'chat') {
    this.#sendTone();
    this.#sendPicture();
    this.#channel = this.#connection.createDataChannel(label);
    this.#channel.onmessage = ({ data }) => this.messages.push(String(data));
    this.#connection.onicecandidate = ({ candidate }) => this.candidates.push(candidate ?? undefined);
    this.#connection.ontrack = ({ track }) => {
      if (track.kind === 'audio') this.#listen(track);
      else this.#watch(track);
    };
  }

  get state(): string {
    return this.#connection.connectionState;
  }

  get isChannelOpen(): boolean {
    return this.#channel.readyState === 'open';
  }

  /** The offer without candidates; they follow in `candidates`. */
  async offer(): Promise<string> {
    const offer = await this.#connection.createOffer();
    await this.#connection.setLocalDescription(offer);
    return offer.sdp;
  }

  /** The offer with all candidates in it. */
  async wholeOffer(): Promise<string> {
    await this.offer();
    while (this.#connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#connection.localDescription?.sdp ?? '';
  }

  async accept(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  say(message: string): void {
    this.#channel.send(message);
  }

  /** Forgets how loud it was. */
  hush(): void {
    this.loudness = 0;
  }

  /** All statistics of one type, such as `inbound-rtp` or `transport`. */
  async stats(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return [...(await this.#connection.getStats()).values()].filter((entry) => entry['type'] === type);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop();
    this.#connection.close();
  }

  #sendTone(): void {
    const source = new wrtc.nonstandard.RTCAudioSource();
    const track = source.createTrack();
    const numberOfFrames = sampleRateHz / 100;
    let phase = 0;
    this.#every(10, () => {
      const samples = Int16Array.from({ length: numberOfFrames }, () => {
        phase += (2 * Math.PI * toneHz) / sampleRateHz;
        return 9000 * Math.sin(phase);
      });
      source.onData({
        samples,
        sampleRate: sampleRateHz,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames,
      });
    });
    this.#connection.addTrack(track);
    this.#stops.push(() => track.stop());
  }

  #sendPicture(): void {
    const source = new wrtc.nonstandard.RTCVideoSource();
    const track = source.createTrack();
    const luma = width * height;
    let count = 0;
    this.#every(40, () => {
      count += 1;
      const data = new Uint8ClampedArray(luma * 1.5).fill(128);
      data.fill(60 + ((count * 7) % 160), 0, luma);
      source.onFrame({ width, height, data });
    });
    this.#connection.addTrack(track);
    this.#stops.push(() => track.stop());
  }

  #listen(track: Track): void {
    const sink = new wrtc.nonstandard.RTCAudioSink(track);
    sink.ondata = ({ samples }) => {
      for (const sample of samples) this.loudness = Math.max(this.loudness, Math.abs(sample));
    };
    this.#stops.push(() => sink.stop());
  }

  #watch(track: Track): void {
    const sink = new wrtc.nonstandard.RTCVideoSink(track);
    sink.onframe = ({ frame }) => {
      this.frames += 1;
      const luma = frame.data.subarray(0, width * height);
      this.brightness = luma.reduce((sum, value) => sum + value, 0) / luma.length;
    };
    this.#stops.push(() => sink.stop());
  }

  #every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    this.#stops.push(() => clearInterval(timer));
  }
}
