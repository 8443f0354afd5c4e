import { wrtc, type Candidate, type Channel, type Track } from './wrtc.ts';

const sampleRateHz = 48_000;
const toneHz = 440;
const width = 320;
const height = 240;

/** A peer on the WebRTC stack of `@roamhq/wrtc`: sends a tone, a moving picture and messages, and counts what comes. */
export class WrtcPeer implements Disposable {
  /** Gathered so far; complete when `candidates` ends with undefined. */
  readonly candidates: (Candidate | undefined)[] = [];
  readonly messages: string[] = [];
  /** Channels that were opened to it; bytes that come on them are sent back. */
  readonly opened: Channel[] = [];
  frames = 0;
  /** Of the last picture: the mean of its luma, 0 to 255. */
  brightness = 0;
  /** The loudest sample since the last `hush`, 0 to 32,767. */
  loudness = 0;
  /** Rising edges since the last `hush`, and how long they took. */
  #edges = 0;
  #heardSeconds = 0;
  #wasAbove = false;
  #lastPictureAt = performance.now();
  #longestFreezeMs = 0;
  readonly #connection = new wrtc.RTCPeerConnection({ iceServers: [] });
  readonly #channel: Channel | undefined;
  readonly #stops: (() => void)[] = [];

  /** Opens a channel of that label, or none if it is empty. */
  constructor(label = 'chat') {
    this.#sendTone();
    this.addVideo();
    if (label !== '') {
      this.#channel = this.#connection.createDataChannel(label);
      this.#channel.onmessage = ({ data }) => this.messages.push(String(data));
    }
    this.#connection.ondatachannel = ({ channel }) => this.#welcome(channel);
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
    return this.#channel?.readyState === 'open';
  }

  /** The offer without candidates; they follow in `candidates`. */
  async offer(options: { readonly iceRestart?: boolean } = {}): Promise<string> {
    const offer = await this.#connection.createOffer(options);
    await this.#connection.setLocalDescription(offer);
    return offer.sdp;
  }

  /** The offer with all candidates in it. */
  async wholeOffer(options: { readonly iceRestart?: boolean } = {}): Promise<string> {
    await this.offer(options);
    return await this.#gathered();
  }

  /** Its answer to our offer, with all candidates in it. */
  async answer(offer: string): Promise<string> {
    await this.bareAnswer(offer);
    return await this.#gathered();
  }

  /** Its answer without candidates; they follow in `candidates`. */
  async bareAnswer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const answer = await this.#connection.createAnswer();
    await this.#connection.setLocalDescription(answer);
    return answer.sdp;
  }

  async accept(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  /** A candidate of the other side. Rejects before there is a description of that side. */
  async add(candidate: Candidate): Promise<void> {
    await this.#connection.addIceCandidate(candidate);
  }

  /** Adds a moving picture; an offer follows. */
  addVideo(): void {
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

  /** Stops the m-line; an offer follows. */
  stop(mid: string): void {
    for (const transceiver of this.#connection.getTransceivers())
      if (transceiver.mid === mid) transceiver.stop();
  }

  /** One more channel, with the options of `createDataChannel`. */
  openChannel(label: string, options: object = {}): Channel {
    return this.#connection.createDataChannel(label, options);
  }

  say(message: string): void {
    this.#channel?.send(message);
  }

  /** Forgets what was heard. */
  hush(): void {
    this.loudness = 0;
    this.#edges = 0;
    this.#heardSeconds = 0;
  }

  /** What was heard since the last `hush`, if it was one tone; 0 in silence. */
  get toneHz(): number {
    return this.#heardSeconds === 0 ? 0 : this.#edges / this.#heardSeconds;
  }

  /** The longest time without a new picture since the last call, in ms, up to now. */
  longestFreeze(): number {
    const now = performance.now();
    const longest = Math.max(this.#longestFreezeMs, now - this.#lastPictureAt);
    this.#longestFreezeMs = 0;
    this.#lastPictureAt = now;
    return longest;
  }

  /** All statistics of one type, such as `inbound-rtp` or `transport`. */
  async stats(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return [...(await this.#connection.getStats()).values()].filter((entry) => entry['type'] === type);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop();
    this.#connection.close();
  }

  #welcome(channel: Channel): void {
    this.opened.push(channel);
    channel.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) channel.send(new Uint8Array(data));
      else this.messages.push(String(data));
    };
  }

  async #gathered(): Promise<string> {
    while (this.#connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#connection.localDescription?.sdp ?? '';
  }

  #sendTone(): void {
    const source = new wrtc.nonstandard.RTCAudioSource();
    const track = source.createTrack();
    const numberOfFrames = sampleRateHz / 100;
    let phase = 0;
    const send = (): void => {
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
    };
    // A late timer catches up: a gap would be heard as if the network had made it.
    let dueAt = performance.now();
    this.#every(10, () => {
      for (; dueAt <= performance.now(); dueAt += 10) send();
    });
    this.#connection.addTrack(track);
    this.#stops.push(() => track.stop());
  }

  #listen(track: Track): void {
    const sink = new wrtc.nonstandard.RTCAudioSink(track);
    sink.ondata = ({ samples, sampleRate }) => {
      for (const sample of samples) {
        this.loudness = Math.max(this.loudness, Math.abs(sample));
        if (sample > 0 && !this.#wasAbove) this.#edges += 1;
        this.#wasAbove = sample > 0;
      }
      this.#heardSeconds += samples.length / sampleRate;
    };
    this.#stops.push(() => sink.stop());
  }

  #watch(track: Track): void {
    const sink = new wrtc.nonstandard.RTCVideoSink(track);
    sink.onframe = ({ frame }) => {
      this.frames += 1;
      const now = performance.now();
      this.#longestFreezeMs = Math.max(this.#longestFreezeMs, now - this.#lastPictureAt);
      this.#lastPictureAt = now;
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
