import { MediaError, type SessionStats } from '#schemas';
import { unreachable } from '#services/kernel';
import type { Asked, SessionOutput } from '../messages.ts';
import type { Operations, Pending } from '../negotiation/operations.ts';
import { reply, tell } from '../outputs.ts';
import type { MediaUpdate } from '../ports.ts';
import type { SessionConfig } from '../session-config.ts';
import { hasLeg, isAnsweredByPeer, isPlainRtp, takesMediaUpdates } from '../session-types.ts';
import { toldOf, type Told } from './leg-words.ts';
import { MediaState } from './media-state.ts';
import type { PresentType } from './present-type.ts';
import { typeChange } from './type-change.ts';

/** What a client may change and read of the media of its session, and when. */
export class MediaRules {
  readonly state: MediaState;
  readonly #config: SessionConfig;
  readonly #operations: Operations;
  readonly #present: PresentType;

  constructor(config: SessionConfig, operations: Operations, present: PresentType) {
    this.#config = config;
    this.#operations = operations;
    this.#present = present;
    this.state = new MediaState(config.media);
  }

  /** `isWaiting`: the session lacks its answer. */
  update({ media, request }: Asked<'update_media'>, isWaiting: boolean): SessionOutput[] {
    const { type, proxyType } = this.#config;
    if (!takesMediaUpdates(type)) return [reply(request, relaysOnly())];
    if (isPlainRtp(proxyType)) return [reply(request, isFixed())];
    if (Object.keys(media).length === 0) return [reply(request, undefined)];
    // Nothing is open yet while an offer is being gathered: the leg will be opened with these. A proxy's is busy with
    // opening until a bridge answers, and is then told.
    const isOpening = isAnsweredByPeer(type) && isWaiting;
    if (isOpening || !this.#operations.hasStarted)
      return [reply(request, undefined), ...this.#updated(media)];
    return [this.#operations.start({ type: 'update', media }, { type: 'update', media, request })];
  }

  /** One change at a time, so that each starts from what the session is. */
  setType({ request, to, publisherId }: Asked<'set_type'>, isWaiting: boolean): SessionOutput[] {
    const change = typeChange(this.#config.type, this.#present, to, publisherId);
    if (change instanceof MediaError) return [reply(request, change)];
    if (this.#operations.isPending('set_type'))
      return [reply(request, notNow('another set_type is under way'))];
    if (!this.#operations.hasStarted) return [reply(request, noMediaYet())];
    if (to === 'listen' && isWaiting) return [reply(request, new MediaError('answer_not_set'))];
    return [this.#operations.start(change.operation, { type: 'set_type', change, request })];
  }

  stats({ request }: Asked<'stats'>): SessionOutput[] {
    if (!hasLeg(this.#config.type)) return [reply(request, relaysOnly())];
    const isOpen = this.#operations.hasStarted && !this.#operations.isPending('open');
    if (!isOpen) return [reply(request, noMediaYet())];
    return [this.#operations.start({ type: 'stats' }, { type: 'stats', request })];
  }

  /** The bridge of a proxy has formed: its leg is told what was kept. */
  formed(): SessionOutput[] {
    const media = this.state.unhanded;
    if (!isAnsweredByPeer(this.#config.type) || Object.keys(media).length === 0) return [];
    return [this.#operations.start({ type: 'update', media }, { type: 'apply', undo: this.state.handed })];
  }

  /** What the leg tells of its media. */
  hear(event: Told): SessionOutput[] {
    const told = toldOf(event);
    if (told.type === 'status') this.state.note(told.body);
    return [tell(told)];
  }

  done(
    pending: Extract<Pending, { readonly type: 'update' | 'apply' | 'set_type' | 'stats' }>,
    result: object | undefined,
  ): SessionOutput[] {
    switch (pending.type) {
      case 'update':
        return [reply(pending.request, undefined), ...this.#updated(pending.media)];
      case 'apply':
        return [];
      case 'set_type': {
        const { type, ext } = pending.change;
        return [reply(pending.request, undefined), ...this.#present.become(type, ext)];
      }
      case 'stats':
        return [reply(pending.request, isStats(result) ? result : new MediaError('session_failed'))];
      default:
        return unreachable(pending);
    }
  }

  /** The leg has refused what was kept: it is as it was when the leg was opened, and the client is told so. */
  undo(media: MediaUpdate): SessionOutput[] {
    return this.#updated(media);
  }

  #updated(media: MediaUpdate): SessionOutput[] {
    const body = this.state.update(media);
    return body === undefined ? [] : [tell({ type: 'status', body })];
  }
}

function relaysOnly(): MediaError {
  const hint = 'the broker only relays what sessions of type p2p say; their media is not here';
  return new MediaError('not_implemented', undefined, { hint });
}

function isFixed(): MediaError {
  return new MediaError('invalid_operation', undefined, {
    hint: 'a bridge to plain RTP takes no media updates',
  });
}

function noMediaYet(): MediaError {
  return notNow('the session has no media yet');
}

function notNow(hint: string): MediaError {
  return new MediaError('invalid_state', undefined, { hint });
}

function isStats(result: object | undefined): result is SessionStats {
  return result !== undefined && 'time' in result && 'streams' in result;
}
