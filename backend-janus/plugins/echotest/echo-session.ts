import { PluginError } from '#janus/gateway';
import type { HandlePort, PluginEvent, PluginMessage, PluginResult, PluginSession } from '#janus/gateway';
import { NegotiationError, offeredStreams, parseSdp } from '#janus/media';
import type { Encoding, ForwardedLayers, MediaRouter, RtpSink } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { codecsInUse, type CodecsInUse } from '../shared/codecs-in-use.ts';
import { MediaRelay } from '../shared/media-relay.ts';
import { mirrorStreams } from '../shared/mirror-streams.ts';
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
  /** The highest simulcast and temporal layers wanted. */
  readonly substream: number;
  readonly temporal: number;
  /** In microseconds. */
  readonly fallback: number;
}

const initial: Settings = {
  audio: true,
  video: true,
  data: true,
  bitrate: undefined,
  substream: 2,
  temporal: 2,
  fallback: 250_000,
};

/**
 * One client and its echo.
 *
 * Known limits: recording is accepted and nothing is recorded; `svc`, `spatial_layer`, `temporal_layer`, `min_delay` and
 * `max_delay` are checked and have no effect.
 */
export class EchoSession implements PluginSession {
  readonly #handle: HandlePort;
  readonly #relay: MediaRelay;
  #settings = initial;
  #codecs: CodecsInUse = {};
  #slowLinks = 0;

  constructor(handle: HandlePort, router: MediaRouter) {
    this.#handle = handle;
    const publisher = `echotest/${handle.sessionId}/${handle.handleId}`;
    this.#relay = new MediaRelay({ publisher, from: handle, to: handle }, router, (change) => {
      const { video_codec: videocodec } = this.#codecs;
      handle.pushEvent({ data: { echotest: 'event', videocodec, ...change } });
    });
    this.#apply();
  }

  handleMessage(message: PluginMessage): PluginResult {
    return { type: 'ack', hint: "I'm taking my time!", event: this.#respond(message) };
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink {
    return this.#relay.open(mid, encoding);
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
    const media = this.#relay.kindOf(mid);
    if (!isUplink || media === undefined) return;
    const limit = media === 'video' ? { 'current-bitrate': this.#settings.bitrate ?? 0 } : {};
    this.#handle.pushEvent({ data: { echotest: 'event', event: 'slow_link', media, ...limit } });
  }

  hangupMedia(): void {
    this.#relay[Symbol.dispose]();
    this.#settings = initial;
    this.#codecs = {};
    this.#slowLinks = 0;
    this.#apply();
    this.#handle.pushEvent({ data: { echotest: 'event', result: 'done' } });
  }

  layersOf(mid: string): ForwardedLayers | undefined {
    return this.#relay.layersOf(mid);
  }

  query(): object {
    const { audio, video, bitrate = 0, substream, temporal, fallback } = this.#settings;
    const layers = this.#relay.layers;
    return {
      audio_active: audio,
      video_active: video,
      ...this.#codecs,
      bitrate,
      'peer-bitrate': 0,
      ...(layers && {
        simulcast: true,
        substream: layers.substream,
        'substream-target': substream,
        'temporal-layer': layers.temporal ?? -1,
        'temporal-layer-target': temporal,
        fallback,
      }),
      slowlink_count: this.#slowLinks,
      hangingup: 0,
      destroyed: 0,
    };
  }

  destroy(): void {
    this.#relay[Symbol.dispose]();
  }

  async #respond({ body, jsep }: PluginMessage): Promise<PluginEvent> {
    const request = readEchoRequest(body, jsep !== undefined);
    this.#set(request);
    const answer = jsep && (await this.#answer(jsep, request));
    this.#apply();
    const { audio, video, bitrate = 0 } = this.#settings;
    const { substream, temporal } = this.#relay.layers ?? {};
    this.#handle.notifyEvent({
      audio_active: audio,
      video_active: video,
      bitrate,
      ...(substream !== undefined && { simulcast: { substream, 'temporal-layer': temporal ?? -1 } }),
    });
    return { data: { echotest: 'event', result: 'ok' }, ...(answer && { jsep: answer }) };
  }

  #set({ audio, video, bitrate, substream, temporal, fallback, bifrons }: EchoRequest): void {
    const before = this.#settings;
    this.#settings = {
      audio: audio ?? before.audio,
      video: video ?? before.video,
      data: bifrons?.data ?? before.data,
      bitrate: bitrate ?? before.bitrate,
      substream: substream ?? before.substream,
      temporal: temporal ?? before.temporal,
      fallback: fallback ?? before.fallback,
    };
  }

  #apply(): void {
    const { audio, video, bitrate, substream, temporal, fallback } = this.#settings;
    this.#relay.setFlowing({ audio, video });
    this.#relay.target = { substream, temporal, fallbackMs: fallback / 1000 };
    if (bitrate !== undefined) this.#handle.limitBitrate(bitrate === 0 ? unlimited : bitrate);
  }

  async #answer(offer: Jsep, request: EchoRequest): Promise<Jsep> {
    try {
      const plans = mirrorStreams(
        offeredStreams(parseSdp(offer.sdp)),
        codecPreferences(request),
        offer.rid_order,
      );
      const answer = await this.#handle.answer(offer, plans);
      this.#relay.follow(plans);
      this.#codecs = codecsInUse(answer.sdp);
      return answer;
    } catch (cause) {
      if (!(cause instanceof NegotiationError)) throw cause;
      throw new PluginError(echoErrors.invalidSdp, `Error processing offer: ${cause.message}`, { cause });
    }
  }
}
