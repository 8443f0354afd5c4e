import { MediaError, type SessionType } from '#schemas';
import type { JanusHandle } from '#janus/client';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import type { EngineExtensions } from '../engines.ts';
import { described, jsepOffer, trickled } from './jsep.ts';
import type { OpenLeg, SagaGround } from './leg-saga.ts';
import type { Outcome } from './outcome.ts';
import { mediaBody } from './media-body.ts';
import { readStats } from './stats.ts';

const echotest = 'janus.plugin.echotest';

/** A parked client is connected to nothing. */
const nothingFlows: MediaUpdate = { muteAudio: true, muteVideo: true, muteData: true };

/**
 * Sends back to the client what it sends, by Janus' echotest; a parked session is the same with everything off.
 *
 * A Janus without our extension goes on echoing data to a parked client: it has no word for muting it.
 */
export async function openEcho({ join, request, signal }: SagaGround): Promise<OpenLeg> {
  const { offer, media, sessionId, type } = request;
  if (offer === undefined) throw new MediaError('offer_not_set');
  const jsep = jsepOffer(offer);
  const { session, extensions } = await join();
  const handle = await session.attach(echotest, sessionId, signal);
  const local = described(await handle.message({}, jsep, signal));
  const echo = new Echo(handle, extensions, signal);
  await echo.update(media);
  if (type === 'park') await echo.become('park');
  return { local, operate: (what) => echo.operate(what) };
}

class Echo {
  readonly #handle: JanusHandle;
  readonly #extensions: EngineExtensions;
  readonly #signal: AbortSignal;
  #isParked = false;
  /** What the session wants to flow while it is not parked. */
  #media: MediaUpdate = {};

  constructor(handle: JanusHandle, extensions: EngineExtensions, signal: AbortSignal) {
    this.#handle = handle;
    this.#extensions = extensions;
    this.#signal = signal;
  }

  async operate(what: LegOperation): Promise<Outcome> {
    switch (what.type) {
      case 'add_candidate':
        await this.#handle.trickle(trickled(what.candidate), this.#signal);
        return {};
      case 'update':
        await this.update(what.media);
        return {};
      case 'renegotiate':
        return {
          local: described(await this.#handle.message({}, jsepOffer(what.offer), this.#signal)),
        };
      case 'set_type':
        await this.become(what.to);
        return {};
      case 'stats':
        return readStats(this.#handle, this.#extensions, this.#signal);
      case 'record':
        throw new MediaError('not_implemented');
      case 'accept':
      case 'switch_publisher':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  async update(media: MediaUpdate): Promise<void> {
    const body = mediaBody(media, this.#dataWord);
    const { bitsPerSecond } = media;
    const whileParked = bitsPerSecond === undefined ? {} : { bitrate: bitsPerSecond };
    await this.#send(this.#isParked ? whileParked : body);
    this.#media = { ...this.#media, ...media };
  }

  /** Parks, or lets flow again what the session wants. */
  async become(type: SessionType): Promise<void> {
    if (type !== 'echo' && type !== 'park') throw new MediaError('not_implemented');
    const word = this.#dataWord;
    const everything = { muteAudio: false, muteVideo: false, muteData: false };
    const isParked = type === 'park';
    const wanted = isParked
      ? { ...nothingFlows, muteData: word !== 'none' }
      : { ...everything, ...this.#media };
    await this.#send(mediaBody(wanted, word));
    this.#isParked = isParked;
  }

  get #dataWord(): 'bifrons' | 'none' {
    return this.#extensions.has('echotest.data') ? 'bifrons' : 'none';
  }

  async #send(body: object): Promise<void> {
    if (Object.keys(body).length > 0) await this.#handle.message(body, undefined, this.#signal);
  }
}
