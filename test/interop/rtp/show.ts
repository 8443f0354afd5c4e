import type { ChromiumPeer } from '../support/chromium-peer.ts';
import { freePairs } from '../support/free-port.ts';
import type { NatsCaller } from '../support/nats-caller.ts';
import { portsIn } from '../support/plain-phone.ts';
import { ffmpegAddress } from './ffmpeg-listener.ts';
import { openCall, plainSdp, type PlainCall } from './plain-call.ts';
import { codecs, RtpSource, type CodecName, type Scene } from './rtp-source.ts';

/** Of the tone and of the picture. */
export type SceneCodecs = readonly [CodecName, CodecName];

/** The tone that ffmpeg sends, and the colour of its picture. */
export const [ffmpegHz, ffmpegColour] = [880, '0xc08020'];

/** A tone and a picture of ffmpeg's, on their way to a page. */
export class Show implements AsyncDisposable {
  readonly call: PlainCall;
  readonly #scenes: readonly Scene[];
  readonly #locals: readonly number[];
  /** Ours, of the tone and of the picture. */
  readonly ports: readonly number[];
  readonly #sources: RtpSource[] = [];

  private constructor(
    call: PlainCall,
    scenes: readonly Scene[],
    locals: readonly number[],
    ports: readonly number[],
  ) {
    this.call = call;
    this.#scenes = scenes;
    this.#locals = locals;
    this.ports = ports;
  }

  /** ffmpeg calls the page, which answers; nothing is sent yet. */
  static async open(caller: NatsCaller, page: ChromiumPeer, names: SceneCodecs): Promise<Show> {
    const locals = await freePairs(ffmpegAddress, 2);
    const media = names.map((name, at) => ({ ...codecs[name], port: locals[at] ?? 0 }));
    const sdp = plainSdp({ address: ffmpegAddress, direction: 'sendonly', media });
    const call = await openCall(caller, { sdp, sdp_type: 'rtp' });
    const answer = await call.answer(await page.answer(call.offer), 'webrtc');
    const [sound, picture] = names;
    const scenes = [
      { codec: sound, content: ffmpegHz, ssrc: 0x1111 },
      { codec: picture, content: ffmpegColour, ssrc: 0x2222 },
    ];
    return new Show(call, scenes, locals, portsIn(answer));
  }

  async begin(): Promise<void> {
    for (const [at, scene] of this.#scenes.entries()) {
      const local = { address: ffmpegAddress, port: this.#locals[at] ?? 0 };
      this.#sources.push(await RtpSource.start(scene, this.ports[at] ?? 0, local));
    }
  }

  /** No packet comes after this. */
  async end(): Promise<void> {
    for (const source of this.#sources) await source.stop();
  }

  /** Packets so far, of the tone and of the picture. */
  get sent(): readonly number[] {
    return this.#sources.map(({ sent }) => sent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) await source[Symbol.asyncDispose]();
    await this.call.stop();
  }
}
