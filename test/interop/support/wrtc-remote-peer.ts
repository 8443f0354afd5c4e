import { createRequire } from 'node:module';
import type { RemotePeer } from '../../contract/peer-connection.ts';

/** What this file uses of `@roamhq/wrtc`, whose own types lean on those of a browser. */
interface Wrtc {
  readonly RTCPeerConnection: new (configuration: object) => Connection;
  readonly nonstandard: {
    readonly RTCAudioSource: new () => AudioSource;
    readonly RTCVideoSource: new () => { createTrack(): Track };
  };
}

interface Track {
  stop(): void;
}

interface AudioSource {
  createTrack(): Track;
  onData(data: object): void;
}

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

interface Connection {
  readonly iceGatheringState: string;
  readonly localDescription: Description | null;
  addTransceiver(track: Track, options: object): unknown;
  createDataChannel(label: string): Channel;
  createOffer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getSenders(): readonly { replaceTrack(track: null): Promise<void> }[];
  getStats(): Promise<Map<string, Readonly<Record<string, unknown>>>>;
  close(): void;
}

interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  send(message: string): void;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the package is typed for browsers
const wrtc: Wrtc = createRequire(import.meta.url)('@roamhq/wrtc');

const numberOfFrames = 480;
const noise = Int16Array.from({ length: numberOfFrames }, (_, at) => ((at * 7919) % 18_000) - 9_000);

/**
 * The far end of the contract suite, on libwebrtc. It offers, with all candidates, and sends audio.
 *
 * `@roamhq/wrtc` 0.10.0 crashes when a process that had tracks ends by itself: run with `--test-force-exit`.
 */
export class WrtcRemotePeer implements RemotePeer {
  readonly #connection = new wrtc.RTCPeerConnection({ iceServers: [] });
  readonly #audio = new wrtc.nonstandard.RTCAudioSource();
  readonly #offered = new Set<string>();
  readonly #messages: string[] = [];
  readonly #tracks: Track[] = [];
  #channel: Channel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #received = 0;
  #counting: Promise<void> | undefined;
  #isClosed = false;

  async offer(kinds: readonly ('audio' | 'video' | 'data')[]): Promise<string> {
    for (const kind of kinds) if (!this.#offered.has(kind)) this.#add(kind);
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    while (this.#connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#connection.localDescription?.sdp ?? '';
  }

  async accept(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  answer(): Promise<string> {
    return Promise.reject(new Error('this far end only offers'));
  }

  startRtp(): void {
    const data = { samples: noise, sampleRate: 48_000, bitsPerSample: 16, channelCount: 1, numberOfFrames };
    this.#timer = setInterval(() => this.#audio.onData(data), 10);
  }

  stopRtp(): void {
    clearInterval(this.#timer);
    // Silence is sent too, as long as there is a track.
    for (const sender of this.#connection.getSenders()) void sender.replaceTrack(null);
  }

  rtpReceived(): number {
    this.#counting ??= this.#count();
    return this.#received;
  }

  sendData(text: string): void {
    this.#channel?.send(text);
  }

  dataReceived(): readonly string[] {
    return this.#messages;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#counting;
    for (const track of this.#tracks) track.stop();
    this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(kind: 'audio' | 'video' | 'data'): void {
    this.#offered.add(kind);
    if (kind === 'data') {
      this.#channel = this.#connection.createDataChannel('chat');
      this.#channel.onmessage = ({ data }) => this.#messages.push(String(data));
      return;
    }
    const source = kind === 'audio' ? this.#audio : new wrtc.nonstandard.RTCVideoSource();
    const track = source.createTrack();
    this.#tracks.push(track);
    this.#connection.addTransceiver(track, { direction: 'sendrecv' });
  }

  async #count(): Promise<void> {
    const stats = [...(await this.#connection.getStats()).values()];
    this.#received = stats
      .filter((entry) => entry['type'] === 'inbound-rtp')
      .reduce((sum, entry) => sum + Number(entry['packetsReceived']), 0);
    this.#counting = undefined;
  }
}
