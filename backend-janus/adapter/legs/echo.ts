import { MediaError } from '#schemas';
import type { JanusHandle } from '#janus/client';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import type { EngineExtensions } from '../engines.ts';
import { described, jsepOffer, trickled } from './jsep.ts';
import type { OpenLeg, Outcome, SagaGround } from './leg-saga.ts';

const echotest = 'janus.plugin.echotest';

/** Sends back to the client what it sends, by Janus' echotest. */
export async function openEcho({ session, extensions, request, signal }: SagaGround): Promise<OpenLeg> {
  const { offer, media, sessionId } = request;
  if (offer === undefined) throw new MediaError('offer_not_set');
  const jsep = jsepOffer(offer);
  const handle = await session.attach(echotest, sessionId, signal);
  const local = described(await handle.message({}, jsep, signal));
  const echo = new Echo(handle, extensions, signal);
  await echo.update(media);
  return { local, operate: (what) => echo.operate(what) };
}

class Echo {
  readonly #handle: JanusHandle;
  readonly #canMuteData: boolean;
  readonly #signal: AbortSignal;

  constructor(handle: JanusHandle, extensions: EngineExtensions, signal: AbortSignal) {
    this.#handle = handle;
    this.#canMuteData = extensions.has('echotest.data');
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
      case 'record':
      case 'stats':
      case 'set_type':
        throw new MediaError('not_implemented');
      case 'accept':
      case 'switch_publisher':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  async update(media: MediaUpdate): Promise<void> {
    const body = echoBody(media, this.#canMuteData);
    if (Object.keys(body).length > 0) await this.#handle.message(body, undefined, this.#signal);
  }
}

/** Janus has no word for muting data: without the extension data flows, and only asking to mute it is refused. */
function echoBody(media: MediaUpdate, canMuteData: boolean): object {
  const { muteAudio, muteVideo, muteData, bitsPerSecond } = media;
  if (muteData === true && !canMuteData) throw new MediaError('not_implemented');
  return {
    ...(muteAudio !== undefined && { audio: !muteAudio }),
    ...(muteVideo !== undefined && { video: !muteVideo }),
    ...(muteData !== undefined && canMuteData && { bifrons: { data: !muteData } }),
    ...(bitsPerSecond !== undefined && { bitrate: bitsPerSecond }),
  };
}
