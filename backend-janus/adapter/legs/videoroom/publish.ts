import { MediaError, type SessionId } from '#schemas';
import type { JanusHandle } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import type { EngineExtensions } from '../../engines.ts';
import { deferred } from '../deferred.ts';
import { described, jsepOffer, trickled } from '../jsep.ts';
import type { OpenLeg, SagaGround } from '../leg-saga.ts';
import type { Outcome } from '../outcome.ts';
import { mediaBody } from '../media-body.ts';
import { readStats } from '../stats.ts';
import { underFreeNumber } from './numbers.ts';
import { hearRoom } from './room-events.ts';
import { feedOf, type Feed, type Room } from './rooms.ts';
import { streamsOf, videoroom } from './streams.ts';

/** Videoroom's error for an id that somebody in the room has. */
const idExists = 436;

/** Sends what the client sends to a room, by Janus' videoroom. */
export async function openPublish(ground: SagaGround): Promise<OpenLeg> {
  const { request, rooms, signal } = ground;
  const { offer, media, sessionId } = request;
  if (offer === undefined) throw new MediaError('offer_not_set');
  const jsep = jsepOffer(offer);
  const room = rooms.find(request.roomId);
  const gone = deferred<never>();
  const onEvent = (event: JanusEvent): void => hearRoom(ground, event);
  const { session, extensions } = await ground.join({ engineId: room.engineId, onEvent });
  const handle = await session.attach(videoroom, sessionId, signal);
  const id = await join(handle, room, ground);
  const { data, jsep: answer } = await handle.message({ request: 'configure' }, jsep, signal);
  const local = described({ ...(answer && { jsep: answer }) });
  ground.own(
    entryOf(room, sessionId, { id, streams: streamsOf(data), gone: gone.promise }, () =>
      gone.fail(new MediaError('invalid_publisher')),
    ),
  );
  const publisher = new Publisher(handle, room, sessionId, extensions, signal);
  await publisher.update(media);
  const present = { sessionType: 'publish', ext: { room_id: room.id } } as const;
  return { local, present, operate: (what) => publisher.operate(what) };
}

function join(
  handle: JanusHandle,
  { number }: Room,
  { random, request, signal }: SagaGround,
): Promise<number> {
  const { sessionId } = request;
  return underFreeNumber(random, idExists, async (id) => {
    const body = { request: 'join', room: number, ptype: 'publisher', id, display: sessionId };
    await handle.message(body, undefined, signal);
  });
}

/** Listeners find the publisher until this is disposed. */
function entryOf(room: Room, sessionId: SessionId, feed: Feed, gone: () => void): Disposable {
  room.feeds.set(sessionId, feed);
  return {
    [Symbol.dispose]: () => {
      room.feeds.delete(sessionId);
      gone();
    },
  };
}

class Publisher {
  readonly #handle: JanusHandle;
  readonly #room: Room;
  readonly #sessionId: SessionId;
  readonly #extensions: EngineExtensions;
  readonly #signal: AbortSignal;

  constructor(
    handle: JanusHandle,
    room: Room,
    sessionId: SessionId,
    extensions: EngineExtensions,
    signal: AbortSignal,
  ) {
    this.#handle = handle;
    this.#room = room;
    this.#sessionId = sessionId;
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
        return this.#renegotiate(what);
      case 'stats':
        return readStats(this.#handle, this.#extensions, this.#signal);
      case 'record':
        throw new MediaError('not_implemented');
      case 'accept':
      case 'switch_publisher':
      case 'set_type':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  async update(media: MediaUpdate): Promise<void> {
    // Janus' bitrate_cap lowers what is above the room's limit, but takes 0 for its word: no limit at all.
    const isLimited = media.bitsPerSecond === 0 && this.#room.bitsPerSecond > 0;
    const limit = isLimited && { bitsPerSecond: this.#room.bitsPerSecond };
    const body = mediaBody({ ...media, ...limit }, 'data');
    if (Object.keys(body).length > 0)
      await this.#handle.message({ request: 'configure', ...body }, undefined, this.#signal);
  }

  async #renegotiate({ offer }: Extract<LegOperation, { type: 'renegotiate' }>): Promise<Outcome> {
    const answer = await this.#handle.message({ request: 'configure' }, jsepOffer(offer), this.#signal);
    const local = described(answer);
    feedOf(this.#room, this.#sessionId).streams = streamsOf(answer.data);
    return { local };
  }
}
