import { MediaError, type Answer, type SessionId } from '#schemas';
import { JanusError, type JanusHandle, type PluginAnswer } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import type { EngineExtensions } from '../../engines.ts';
import { described, jsepAnswer, trickled } from '../jsep.ts';
import type { OpenLeg, SagaGround } from '../leg-saga.ts';
import type { Outcome } from '../outcome.ts';
import { readStats } from '../stats.ts';
import { hearRoom } from './room-events.ts';
import { feedOf, type Feed, type FeedStream, type Room } from './rooms.ts';
import { streamsOf, videoroom } from './streams.ts';

/** Videoroom's error for a publisher that is not there, or not up yet. */
const noSuchFeed = 428;

/** How long a publisher may take until its peer connection is up, beside the limits of the session itself. */
const patienceMs = 20_000;

/** Between two tries: the first pause, and what it grows to. */
const firstPauseMs = 50;
const longestPauseMs = 400;

/** Sends a publisher of a room to the client, by Janus' videoroom. */
export async function openListen(ground: SagaGround): Promise<OpenLeg> {
  const { request, rooms, signal } = ground;
  const { publisherId, media, sessionId } = request;
  if (publisherId === undefined) throw new MediaError('missing_field', 'publisher_id');
  const room = request.roomId === undefined ? rooms.roomOf(publisherId) : rooms.find(request.roomId);
  const feed = feedOf(room, publisherId);
  const onEvent = (event: JanusEvent): void => hearRoom(ground, event);
  const { session, extensions } = await ground.join({ engineId: room.engineId, onEvent });
  const handle = await session.attach(videoroom, sessionId, signal);
  const attached = await subscribe(handle, room, feed, ground);
  const local = described(attached);
  ground.own(memberOf(room, () => ground.end('room_destroyed')));
  const listener = new Listener(handle, room, extensions, signal, streamsOf(attached.data));
  await listener.update(media);
  const present = { sessionType: 'listen', ext: { room_id: room.id, publisher_id: publisherId } } as const;
  return { local, present, operate: (what) => listener.operate(what) };
}

/** Hears of the room's end until this is disposed. */
function memberOf({ listeners }: Room, tell: () => void): Disposable {
  listeners.add(tell);
  return { [Symbol.dispose]: () => void listeners.delete(tell) };
}

/**
 * A publisher that has its answer may not be up yet: Janus then knows nothing of it, and is asked again until it does, or
 * the publisher is gone. An engine of ours knows it at once.
 */
async function subscribe(
  handle: JanusHandle,
  { number }: Room,
  feed: Feed,
  { pause, signal }: SagaGround,
): Promise<PluginAnswer> {
  // Without `autoupdate: false` Janus would offer anew when the publisher leaves; the session ends or moves then.
  const body = {
    request: 'join',
    room: number,
    ptype: 'subscriber',
    streams: [{ feed: feed.id }],
    autoupdate: false,
  };
  let pauseMs = firstPauseMs;
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      return await handle.message(body, undefined, signal);
    } catch (cause) {
      const isNotUp = cause instanceof JanusError && cause.number === noSuchFeed;
      if (!isNotUp || waitedMs >= patienceMs) throw cause;
    }
    await Promise.race([feed.gone, pause(pauseMs)]);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

class Listener {
  readonly #handle: JanusHandle;
  readonly #room: Room;
  readonly #extensions: EngineExtensions;
  readonly #signal: AbortSignal;
  readonly #streams: readonly FeedStream[];
  /** What the client wants to hear and see. */
  #media: MediaUpdate = {};
  /** Streams that the publisher at present has nothing for: what they carried before must not go on. */
  #idle: ReadonlySet<string> = new Set();

  constructor(
    handle: JanusHandle,
    room: Room,
    extensions: EngineExtensions,
    signal: AbortSignal,
    streams: readonly FeedStream[],
  ) {
    this.#handle = handle;
    this.#room = room;
    this.#extensions = extensions;
    this.#signal = signal;
    this.#streams = streams;
  }

  async operate(what: LegOperation): Promise<Outcome> {
    switch (what.type) {
      case 'accept':
        return this.#accept(what.answer, what.isProvisional ?? false);
      case 'add_candidate':
        await this.#handle.trickle(trickled(what.candidate), this.#signal);
        return {};
      case 'update':
        await this.update(what.media);
        return {};
      case 'switch_publisher':
        await this.#switch(what.publisherId);
        return {};
      case 'stats':
        return readStats(this.#handle, this.#extensions, this.#signal);
      case 'record':
        throw new MediaError('not_implemented');
      // Offers come from the server here.
      case 'renegotiate':
      case 'set_type':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  async update(media: MediaUpdate): Promise<void> {
    const after = { ...this.#media, ...media };
    await this.#send(this.#changed(after, this.#idle), after);
    this.#media = after;
  }

  async #accept(answer: Answer, isProvisional: boolean): Promise<Outcome> {
    if (isProvisional) throw new MediaError('invalid_operation');
    await this.#handle.message({ request: 'start' }, jsepAnswer(answer), this.#signal);
    return {};
  }

  /** Streams go to those of the same kind, in their order. */
  async #switch(publisherId: SessionId): Promise<void> {
    const feed = feedOf(this.#room, publisherId);
    const left = [...feed.streams];
    const pairs = this.#streams.flatMap(({ mid, type }) => {
      const index = left.findIndex((stream) => stream.type === type);
      const [source] = index < 0 ? [] : left.splice(index, 1);
      return source === undefined ? [] : [{ feed: feed.id, mid: source.mid, sub_mid: mid }];
    });
    if (pairs.length === 0) throw new MediaError('codec_mismatch');
    await this.#handle.message({ request: 'switch', streams: pairs }, undefined, this.#signal);
    const taken = new Set(pairs.map(({ sub_mid }) => sub_mid));
    const idle = new Set(this.#streams.map(({ mid }) => mid).filter((mid) => !taken.has(mid)));
    // Janus sends what it has switched, muted or not.
    const silent = this.#streams.filter((stream) => !isSent(stream, this.#media, idle));
    const changed = this.#changed(this.#media, idle);
    await this.#send([...new Set([...silent, ...changed])], this.#media, idle);
    this.#idle = idle;
  }

  /** The streams that are to be sent, or not any more, if these things are so. */
  #changed(media: MediaUpdate, idle: ReadonlySet<string>): readonly FeedStream[] {
    return this.#streams.filter(
      (stream) => isSent(stream, media, idle) !== isSent(stream, this.#media, this.#idle),
    );
  }

  async #send(
    streams: readonly FeedStream[],
    media: MediaUpdate,
    idle: ReadonlySet<string> = this.#idle,
  ): Promise<void> {
    if (streams.length === 0) return;
    const changes = streams.map((stream) => ({ mid: stream.mid, send: isSent(stream, media, idle) }));
    await this.#handle.message({ request: 'configure', streams: changes }, undefined, this.#signal);
  }
}

function isSent({ mid, type }: FeedStream, media: MediaUpdate, idle: ReadonlySet<string>): boolean {
  const { muteAudio, muteVideo, muteData } = media;
  const isMuted = type === 'audio' ? muteAudio : type === 'video' ? muteVideo : muteData;
  return isMuted !== true && !idle.has(mid);
}
