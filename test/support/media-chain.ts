import { MediaRouter, type RtpPacket, type RtpSink, type StreamPlan } from '#janus/media';
import type { FakeClock } from './fake-clock.ts';
import { connectMedia, type LegOptions, type MediaLeg } from './media-end.ts';
import { rtpPacket, vp8Payload } from './rtp-stream.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualNetwork } from './virtual-network.ts';

const frameMs = 33;

/** Packets of each frame. */
export const packetsPerFrame = 4;

const camera = { publisher: 'camera', mid: '0' };
const video: StreamPlan = { kind: 'video', direction: 'sendonly', codecs: ['VP8'] };

/** How the network behaves; a test changes it as it goes. */
export interface Weather {
  delayMs: number;
  jitterMs: number;
  lossRatio: number;
}

/**
 * A camera, the server's two legs with a router between them, and a screen: all but ICE and DTLS is what the product
 * runs, on a network that loses and delays.
 */
export class MediaChain implements AsyncDisposable {
  readonly weather: Weather;
  readonly publishing: MediaLeg;
  readonly subscribing: MediaLeg;
  readonly screen: Screen;
  /** Keyframes that the camera was asked for. */
  keyframeRequests = 0;
  readonly #clock: FakeClock;
  readonly #source;
  #isKeyframeWanted = true;
  #isKeyframe = true;
  #packets = 0;

  private constructor(clock: FakeClock, weather: Weather, publishing: MediaLeg, subscribing: MediaLeg) {
    this.#clock = clock;
    this.weather = weather;
    this.publishing = publishing;
    this.subscribing = subscribing;
    this.screen = new Screen();
    this.#source = this.#wire();
  }

  static async open(
    clock: FakeClock,
    weather: Partial<Weather> = {},
    options: LegOptions = {},
  ): Promise<MediaChain> {
    const current = { delayMs: 20, jitterMs: 0, lossRatio: 0, ...weather };
    const random = new SeededRandom(5);
    const network = new VirtualNetwork(clock, {
      random,
      get delayMs() {
        return current.delayMs;
      },
      get jitterMs() {
        return current.jitterMs;
      },
      get lossRatio() {
        return current.lossRatio;
      },
    });
    const publishing = await connectMedia(clock, network, 100, [video], options);
    const subscribing = await connectMedia(clock, network, 200, [video], options);
    return new MediaChain(clock, current, publishing, subscribing);
  }

  /** Whole frames sent so far. */
  get frames(): number {
    return Math.floor(this.#packets / packetsPerFrame);
  }

  /** Sends so many frames, one every 33 ms. */
  film(frames: number): void {
    for (let left = frames; left > 0; left -= 1) {
      this.sendPackets(packetsPerFrame);
      this.#clock.advance(frameMs);
    }
  }

  /** Sends so many packets of the next frame, and no time passes. */
  sendPackets(packets: number): void {
    for (let left = packets; left > 0; left -= 1) this.#sendPacket();
    this.publishing.offerer.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publishing[Symbol.asyncDispose]();
    await this.subscribing[Symbol.asyncDispose]();
  }

  #wire(): RtpSink {
    const server = new MediaRouter(this.#clock);
    const { answerer } = this.publishing;
    answerer.media.receive('0', ({ parameters }) =>
      server.publish(camera, parameters, () => answerer.media.requestKeyframe('0')),
    );
    server.subscribe(camera, this.subscribing.offerer.media.sender('0'));
    this.subscribing.answerer.media.receive('0', () => this.screen);
    const home = new MediaRouter(this.#clock);
    const payloadTypes = new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]);
    const source = home.publish(camera, { kind: 'video', payloadTypes, extensions: new Map() }, () => {
      this.keyframeRequests += 1;
      this.#isKeyframeWanted = true;
    });
    home.subscribe(camera, this.publishing.offerer.media.sender('0'));
    return source;
  }

  #sendPacket(): void {
    const index = this.#packets % packetsPerFrame;
    const { frames } = this;
    this.#isKeyframe = index === 0 ? this.#isKeyframeWanted : this.#isKeyframe;
    if (index === 0) this.#isKeyframeWanted = false;
    const packet = rtpPacket({
      sequenceNumber: this.#packets,
      timestamp: frames * 90 * frameMs,
      marker: index === packetsPerFrame - 1,
      payload: payload(frames, index, this.#isKeyframe),
    });
    this.#packets += 1;
    this.#source.write(packet, this.#clock.now());
  }
}

/** The first packet of a frame begins its first partition (RFC 7741 section 4.2); each tells its frame at its end. */
function payload(frame: number, index: number, isKeyframe: boolean): number[] {
  const [first = 0, ...rest] = vp8Payload(frame & 0x7fff, frame & 0xff, isKeyframe && index === 0);
  return [index === 0 ? first : first & ~0x10, ...rest, isKeyframe ? 1 : 0, index, frame >> 8, frame & 0xff];
}

/** What a viewer gets. */
export class Screen implements RtpSink {
  readonly #arrivals = new Map<number, { readonly at: number; readonly isKeyframe: boolean }>();

  write({ payload }: RtpPacket, now: number): void {
    const [isKeyframe, index = 0, high = 0, low = 0] = payload.subarray(-4);
    const place = packetsPerFrame * ((high << 8) | low) + index;
    this.#arrivals.set(place, { at: now, isKeyframe: isKeyframe === 1 });
  }

  senderReport(): void {
    // Nothing is played in sync.
  }

  /** Packets that arrived. */
  get packets(): number {
    return this.#arrivals.size;
  }

  /** When each packet arrived, counted from the camera's first; undefined for those that did not. */
  arrivalOf(place: number): number | undefined {
    return this.#arrivals.get(place)?.at;
  }

  /** When each of the first `frames` frames could be shown: whole, after the one before it or as a keyframe. */
  shown(frames: number): number[] {
    const times: number[] = [];
    let isWhole = false;
    for (let frame = 0; frame < frames; frame += 1) {
      const packets = Array.from({ length: packetsPerFrame }, (_, index) =>
        this.#arrivals.get(packetsPerFrame * frame + index),
      );
      const isComplete = packets.every((packet) => packet !== undefined);
      isWhole = isComplete && (isWhole || packets[0]?.isKeyframe === true);
      if (isWhole) times.push(Math.max(times.at(-1) ?? 0, ...packets.map((packet) => packet?.at ?? 0)));
    }
    return times;
  }
}
