import { PluginError } from '#janus/gateway';
import type { HandlePort, PluginEvent, PluginMessage, PluginResult, PluginSession } from '#janus/gateway';
import { NegotiationError, offeredStreams, parseSdp } from '#janus/media';
import type { Encoding, MediaRouter, RtpSink } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { mirrorStreams } from '../shared/mirror-streams.ts';
import { EchoLoops } from './echo-loops.ts';
import { codecPreferences, echoErrors, readEchoRequest, type EchoRequest } from './echo-request.ts';

/** What Janus tells a peer whose limit is lifted, in bit/s. */
const unlimited = 10_000_000;

/** What a client set; as Janus has it before anything was set, and again after a hang-up. */
interface Settings {
  readonly audio: boolean;
  readonly video: boolean;
  readonly data: boolean;
  /** In bit/s; 0 for no limit, undefined until one is asked for. */
  readonly bitrate: number | undefined;
}

const initial: Settings = { audio: true, video: true, data: true, bitrate: undefined };

/** Codecs in use, as Janus writes them. */
interface Codecs {
  readonly audio_codec?: string;
  readonly video_codec?: string;
}

/**
 * One client and its echo.
 *
 * Known limits: recording is accepted and nothing is recorded; one encoding per stream comes back, so layers are
 * checked and have no effect.
 */
export class EchoSession implements PluginSession {
  readonly #handle: HandlePort;
  readonly #loops: EchoLoops;
  #settings = initial;
  #codecs: Codecs = {};
  #slowLinks = 0;

  constructor(handle: HandlePort, router: MediaRouter) {
    this.#handle = handle;
    this.#loops = new EchoLoops(handle, router);
  }

  handleMessage(message: PluginMessage): PluginResult {
    return { type: 'ack', hint: "I'm taking my time!", event: this.#respond(message) };
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink {
    return this.#loops.open(mid, encoding);
  }

  /** Text comes back behind a greeting, bytes come back as they are. */
  incomingData(label: string, payload: string | Buffer): void {
    if (!this.#settings.data) return;
    const echo = typeof payload === 'string' ? `Janus EchoTest here! You wrote: ${payload}` : payload;
    this.#handle.relayData(label, echo);
  }

  /** Janus tells of what it loses, not of what the client loses. */
  slowLink(mid: string, isUplink: boolean): void {
    this.#slowLinks += 1;
    const media = this.#loops.kindOf(mid);
    if (!isUplink || media === undefined) return;
    const limit = media === 'video' ? { 'current-bitrate': this.#settings.bitrate ?? 0 } : {};
    this.#handle.pushEvent({ data: { echotest: 'event', event: 'slow_link', media, ...limit } });
  }

  hangupMedia(): void {
    this.#loops[Symbol.dispose]();
    this.#settings = initial;
    this.#codecs = {};
    this.#slowLinks = 0;
    this.#handle.pushEvent({ data: { echotest: 'event', result: 'done' } });
  }

  query(): object {
    const { audio, video, bitrate = 0 } = this.#settings;
    return {
      audio_active: audio,
      video_active: video,
      ...this.#codecs,
      bitrate,
      'peer-bitrate': 0,
      slowlink_count: this.#slowLinks,
      hangingup: 0,
      destroyed: 0,
    };
  }

  destroy(): void {
    this.#loops[Symbol.dispose]();
  }

  async #respond({ body, jsep }: PluginMessage): Promise<PluginEvent> {
    const request = readEchoRequest(body, jsep !== undefined);
    this.#set(request);
    const answer = jsep && (await this.#answer(jsep, request));
    this.#apply();
    const { audio, video, bitrate = 0 } = this.#settings;
    this.#handle.notifyEvent({ audio_active: audio, video_active: video, bitrate });
    return { data: { echotest: 'event', result: 'ok' }, ...(answer && { jsep: answer }) };
  }

  #set({ audio, video, bitrate, bifrons }: EchoRequest): void {
    const before = this.#settings;
    this.#settings = {
      audio: audio ?? before.audio,
      video: video ?? before.video,
      data: bifrons?.data ?? before.data,
      bitrate: bitrate ?? before.bitrate,
    };
  }

  #apply(): void {
    const { audio, video, bitrate } = this.#settings;
    this.#loops.setFlowing({ audio, video });
    if (bitrate !== undefined) this.#handle.limitBitrate(bitrate === 0 ? unlimited : bitrate);
  }

  async #answer(offer: Jsep, request: EchoRequest): Promise<Jsep> {
    try {
      const plans = mirrorStreams(offeredStreams(parseSdp(offer.sdp)), codecPreferences(request));
      const answer = await this.#handle.answer(offer, plans);
      this.#loops.follow(plans);
      this.#codecs = codecsOf(answer.sdp);
      return answer;
    } catch (cause) {
      if (!(cause instanceof NegotiationError)) throw cause;
      throw new PluginError(echoErrors.invalidSdp, `Error processing offer: ${cause.message}`, { cause });
    }
  }
}

function codecsOf(answerSdp: string): Codecs {
  const { media } = parseSdp(answerSdp);
  const codec = (wanted: 'audio' | 'video'): string | undefined =>
    media.find(({ kind, isRejected }) => kind === wanted && !isRejected)?.codecs[0]?.name.toLowerCase();
  const audio = codec('audio');
  const video = codec('video');
  return { ...(audio && { audio_codec: audio }), ...(video && { video_codec: video }) };
}
