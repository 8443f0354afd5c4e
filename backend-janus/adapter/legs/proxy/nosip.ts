import { MediaError, type Answer, type Description, type Offer } from '#schemas';
import type { JanusHandle, PluginAnswer } from '#janus/client';
import { described, isWebRtc, jsepAnswer, jsepOffer } from '../jsep.ts';
import type { Place, SagaGround } from '../leg-saga.ts';
import type { GoBetween } from './go-between.ts';
import { completed, hasRelayedCodec, rejectData, sharesCodec, withoutData } from './plain-sdp.ts';

const nosip = 'janus.plugin.nosip';

/** A WebRTC caller and a callee on plain RTP: one handle of Janus' nosip has a peer connection and RTP ports. */
export async function toSipBetween(place: Place, ground: SagaGround): Promise<GoBetween> {
  const caller = await attached(place, ground);
  const relay = new Relay(caller, ground.signal);
  return new PlainCall('to_sip', { caller }, new ToSip(relay), relay);
}

/** A caller on plain RTP and a WebRTC callee, by the same. */
export async function fromSipBetween(place: Place, ground: SagaGround): Promise<GoBetween> {
  const callee = await attached(place, ground);
  const relay = new Relay(callee, ground.signal);
  return new PlainCall('from_sip', { callee }, new FromSip(relay), relay);
}

function attached({ session }: Place, { request, signal }: SagaGround): Promise<JanusHandle> {
  return session.attach(nosip, request.sessionId, signal);
}

/** What the one handle is asked. */
class Relay {
  readonly #handle: JanusHandle;
  readonly #signal: AbortSignal;

  constructor(handle: JanusHandle, signal: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
  }

  /** WebRTC's description in plain RTP's words. */
  async generate(jsep: { readonly type: 'offer' | 'answer'; readonly sdp: string }): Promise<Description> {
    return plain(await this.#handle.message({ request: 'generate' }, jsep, this.#signal));
  }

  /** Plain RTP's description in WebRTC's words. */
  async process(type: 'offer' | 'answer', sdp: string): Promise<Description> {
    return described(await this.#handle.message({ request: 'process', type, sdp }, undefined, this.#signal));
  }

  async hangUp(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, this.#signal]);
    await this.#handle.message({ request: 'hangup' }, undefined, limit);
  }
}

/** Which side is plain decides how the descriptions go. */
interface Direction extends Pick<GoBetween, 'begin'> {
  accept(answer: Answer): Promise<Description>;
}

/** A call either way: nosip passes media on as it is, so that nothing can be changed. */
class PlainCall implements GoBetween {
  readonly proxyType: GoBetween['proxyType'];
  readonly handles: GoBetween['handles'];
  readonly #direction: Direction;
  readonly #relay: Relay;

  constructor(
    proxyType: GoBetween['proxyType'],
    handles: GoBetween['handles'],
    direction: Direction,
    relay: Relay,
  ) {
    this.proxyType = proxyType;
    this.handles = handles;
    this.#direction = direction;
    this.#relay = relay;
  }

  begin(offer: Offer): Promise<Offer> {
    return this.#direction.begin(offer);
  }

  accept(answer: Answer): Promise<Description> {
    return this.#direction.accept(answer);
  }

  update(): Promise<void> {
    return Promise.reject(new MediaError('invalid_operation'));
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  hear(): void {
    // Nosip says nothing unasked that matters here.
  }

  hangUp(signal: AbortSignal): Promise<void> {
    return this.#relay.hangUp(signal);
  }
}

class ToSip implements Direction {
  readonly #relay: Relay;
  #rejected: ReadonlyMap<number, string> = new Map();
  #offered = '';

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  async begin(offer: Offer): Promise<Offer> {
    const { sdp, rejected } = withoutData(offer.sdp);
    this.#rejected = rejected;
    const jsep = jsepOffer({ ...offer, sdp });
    checkOffered(sdp);
    const made = await this.#relay.generate(jsep);
    this.#offered = made.sdp;
    return made;
  }

  async accept(answer: Answer): Promise<Description> {
    checkPlain('answer', answer.sdp, 'it answers an offer of plain RTP');
    checkCodecs(this.#offered, answer.sdp);
    const local = await this.#relay.process('answer', completed(this.#offered, answer.sdp));
    return { ...local, sdp: rejectData(local.sdp, this.#rejected) };
  }
}

class FromSip implements Direction {
  readonly #relay: Relay;
  #offered = '';

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  async begin({ sdp }: Offer): Promise<Offer> {
    checkPlain('offer', sdp, 'data.offer.sdp_type says rtp');
    checkOffered(sdp);
    const made = await this.#relay.process('offer', sdp);
    this.#offered = made.sdp;
    return made;
  }

  async accept(answer: Answer): Promise<Description> {
    checkCodecs(this.#offered, answer.sdp);
    return await this.#relay.generate(jsepAnswer(answer));
  }
}

/** WebRTC where plain RTP was announced would be refused for its codecs, which are not what is wrong. */
function checkPlain(what: 'offer' | 'answer', sdp: string, why: string): void {
  if (!isWebRtc(sdp)) return;
  throw new MediaError('invalid_sdp', undefined, { hint: `data.${what}.sdp is WebRTC, but ${why}` });
}

/** Nothing is transcoded, so that without one of these nobody could answer. */
function checkOffered(offer: string): void {
  if (hasRelayedCodec(offer)) return;
  const hint =
    'data.offer.sdp must have a stream with PCMU, PCMA, G722, opus, VP8 or H264: nothing is transcoded';
  throw new MediaError('codec_mismatch', undefined, { hint });
}

/** Nosip would pass on an answer with which nothing can be heard or seen. */
function checkCodecs(offer: string, answer: string): void {
  if (sharesCodec(offer, answer)) return;
  const hint = 'data.answer.sdp accepts no stream with a codec that was offered for it';
  throw new MediaError('codec_mismatch', undefined, { hint });
}

function plain({ data }: PluginAnswer): Description {
  const result = 'result' in data ? data.result : undefined;
  const sdp = typeof result === 'object' && result !== null && 'sdp' in result ? result.sdp : undefined;
  if (typeof sdp !== 'string') throw new MediaError('session_failed');
  return { sdp, sdp_type: 'rtp' };
}
