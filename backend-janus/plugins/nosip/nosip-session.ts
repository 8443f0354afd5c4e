import { PluginError } from '#janus/gateway';
import type { HandlePort, PluginEvent, PluginMessage, PluginResult, PluginSession } from '#janus/gateway';
import {
  NegotiationError,
  parsePlainSdp,
  type Encoding,
  type PlainDescription,
  type RtpSink,
} from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { Bridge, type NoSipParts } from './bridge.ts';
import { BrowserOffer } from './browser-offer.ts';
import {
  noSipErrors,
  offeredSuites,
  readNoSipRequest,
  readPlainJsep,
  refuseRecording,
  srtpWish,
  type NoSipRequest,
} from './nosip-request.ts';
import { PlainOffer } from './plain-offer.ts';

/** Where packets go that nothing is bridged for. */
const nowhere: RtpSink = { write: () => undefined, senderReport: () => undefined };

/**
 * One client and its bridge between WebRTC and plain RTP.
 *
 * Known limits: nothing is recorded; comfort noise is not negotiated; the latch mode of an m-line is that of the request
 * that made it.
 */
export class NoSipSession implements PluginSession {
  readonly #handle: HandlePort;
  readonly #parts: NoSipParts;
  #bridge: Bridge;
  #offer: BrowserOffer | PlainOffer | undefined;

  constructor(handle: HandlePort, parts: NoSipParts) {
    this.#handle = handle;
    this.#parts = parts;
    this.#bridge = this.#newBridge();
  }

  handleMessage(message: PluginMessage): PluginResult {
    return { type: 'ack', event: this.#respond(message) };
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink {
    return this.#bridge.open(mid, encoding) ?? nowhere;
  }

  hangupMedia(): void {
    this.#bridge[Symbol.dispose]();
    this.#bridge = this.#newBridge();
    this.#offer = undefined;
  }

  plainLegs(): ReturnType<Bridge['stats']> {
    return this.#bridge.stats();
  }

  query(): object {
    const streams = this.#bridge.stats();
    return { hangingup: 0, destroyed: 0, bifrons: { streams } };
  }

  destroy(): void {
    this.#bridge[Symbol.dispose]();
  }

  #newBridge(): Bridge {
    return new Bridge({ ...this.#parts, handle: this.#handle });
  }

  async #respond({ body, jsep }: PluginMessage): Promise<PluginEvent> {
    const request = readNoSipRequest(body);
    try {
      switch (request.request.toLowerCase()) {
        case 'generate':
          return await this.#generate(request, jsep);
        case 'process':
          return await this.#process(request);
        case 'hangup':
          return this.#hangup();
        case 'recording':
          throw refuseRecording(request);
        default:
          throw new PluginError(noSipErrors.invalidRequest, `Unknown request (${request.request})`);
      }
    } catch (cause) {
      if (!(cause instanceof NegotiationError)) throw cause;
      throw new PluginError(noSipErrors.invalidSdp, `Error processing SDP: ${cause.message}`, { cause });
    }
  }

  /** A description of the browser becomes one for the plain peer. */
  async #generate(request: NoSipRequest, jsep: Jsep | undefined): Promise<PluginEvent> {
    if (jsep === undefined) throw new PluginError(noSipErrors.missingSdp, 'Missing SDP');
    const sdp = jsep.type === 'offer' ? await this.#offered(request, jsep) : await this.#answered(jsep);
    this.#handle.notifyEvent({ event: 'generated', type: jsep.type, sdp: withoutKeys(sdp) });
    return eventOf({ event: 'generated', type: jsep.type, sdp, ...updateOf(request) });
  }

  async #offered(request: NoSipRequest, jsep: Jsep): Promise<string> {
    const offer = await BrowserOffer.make(this.#bridge, jsep, wishesOf(request));
    this.#offer = offer;
    return offer.describe();
  }

  async #answered(jsep: Jsep): Promise<string> {
    if (!(this.#offer instanceof PlainOffer))
      throw new PluginError(noSipErrors.wrongState, 'Wrong state (no offer was processed)');
    const sdp = await this.#offer.answered(jsep);
    this.#offer = undefined;
    return sdp;
  }

  /** A description of the plain peer becomes one for the browser. */
  async #process(request: NoSipRequest): Promise<PluginEvent> {
    const { type, sdp } = readPlainJsep(request);
    const description = read(sdp);
    const jsep =
      type === 'offer'
        ? await this.#plainOffered(request, description)
        : await this.#plainAnswered(description);
    this.#handle.notifyEvent({ event: 'processed', type, sdp: withoutKeys(sdp) });
    return eventOf({ event: 'processed', ...srtpOf(description), ...updateOf(request) }, jsep);
  }

  async #plainOffered(request: NoSipRequest, description: PlainDescription): Promise<Jsep> {
    if (this.#offer instanceof PlainOffer)
      throw new PluginError(noSipErrors.wrongState, 'Wrong state (an offer waits for its answer)');
    const offer = await PlainOffer.make(this.#bridge, description, wishesOf(request));
    const jsep = await offer.describe();
    this.#offer = offer;
    return jsep;
  }

  async #plainAnswered(description: PlainDescription): Promise<Jsep | undefined> {
    if (!(this.#offer instanceof BrowserOffer))
      throw new PluginError(noSipErrors.wrongState, 'Wrong state (no offer was generated)');
    return await this.#offer.answered(description);
  }

  /** The connection goes after its event has been told. */
  #hangup(): PluginEvent {
    const close = (): void => this.#handle.closePeerConnection('Close PC');
    void Promise.resolve()
      .then(() => undefined)
      .then(() => undefined)
      .then(close);
    return eventOf({ event: 'hangingup' });
  }
}

function eventOf(result: object, jsep?: Jsep): PluginEvent {
  return { data: { nosip: 'event', result }, ...(jsep && { jsep }) };
}

function updateOf({ update }: NoSipRequest): object {
  return update === true ? { update } : {};
}

function wishesOf(request: NoSipRequest): Parameters<typeof PlainOffer.make>[2] {
  const { latch = 'port' } = request.bifrons ?? {};
  return { srtp: srtpWish(request), suites: offeredSuites(request), latch };
}

/** Throws PluginError 446 for what is no SDP. */
function read(sdp: string): PlainDescription {
  const fault = sdp.startsWith('v=') ? undefined : "Invalid SDP (doesn't start with v=)";
  if (fault !== undefined) throw new PluginError(noSipErrors.missingSdp, `Error parsing SDP: ${fault}`);
  try {
    return parsePlainSdp(sdp);
  } catch (cause) {
    if (!(cause instanceof NegotiationError)) throw cause;
    throw new PluginError(noSipErrors.missingSdp, `Error parsing SDP: ${cause.message}`, { cause });
  }
}

/** What the plain peer says of keys, in the words of the `srtp` option. */
function srtpOf({ plain }: PlainDescription): object {
  if (plain.some(({ isSecure, isUsable }) => isSecure && isUsable)) return { srtp: 'sdes_mandatory' };
  return plain.some(({ cryptos }) => cryptos.length > 0) ? { srtp: 'sdes_optional' } : {};
}

/** Event handlers need no keys. */
function withoutKeys(sdp: string): string {
  return sdp.replace(/^a=crypto:.*\r?\n/gm, '');
}
