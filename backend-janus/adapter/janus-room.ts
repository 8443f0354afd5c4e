import { MediaError, type ErrorName } from '#schemas';
import { JanusError, JanusSession, type JanusHandle } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import { Scope, type Clock, type Log, type Random } from '#services/kernel';
import type { RoomEvent, RoomRequest } from '#services/session';
import type { Engines } from './engines.ts';
import { toMediaError } from './errors.ts';
import { farewell } from './farewell.ts';
import { roomMark } from './legs/videoroom/stale-rooms.ts';
import { underFreeNumber } from './legs/videoroom/numbers.ts';
import type { Rooms } from './legs/videoroom/rooms.ts';
import { videoroom } from './legs/videoroom/streams.ts';

/** What surrounds one room. */
export interface JanusRoomParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly engines: Engines;
  readonly rooms: Rooms;
  /** Whose rooms these are. */
  readonly node: string;
}

/** Videoroom's error for a number that is taken. */
const roomExists = 427;

/** Far more than one engine can carry; Janus' own default is 3. */
const mostPublishers = 1000;

/** Janus' words for what a room takes, by the names of `a=rtpmap`, and what they are for. */
const codecs: Readonly<Record<string, { readonly kind: 'audio' | 'video'; readonly word: string }>> = {
  opus: { kind: 'audio', word: 'opus' },
  pcmu: { kind: 'audio', word: 'pcmu' },
  pcma: { kind: 'audio', word: 'pcma' },
  g722: { kind: 'audio', word: 'g722' },
  vp8: { kind: 'video', word: 'vp8' },
  vp9: { kind: 'video', word: 'vp9' },
  h264: { kind: 'video', word: 'h264' },
  h265: { kind: 'video', word: 'h265' },
  av1: { kind: 'video', word: 'av1' },
};

type State = 'running' | 'ended' | 'silent';

/** One room of Janus' videoroom on one engine, with a Janus session of its own that keeps it. */
export class JanusRoom implements AsyncDisposable {
  /** Settles, and never rejects, when nothing of the room is left. */
  readonly released: Promise<void>;
  readonly #parts: JanusRoomParts;
  readonly #request: RoomRequest;
  readonly #onEvent: (event: RoomEvent) => void;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  #state: State = 'running';

  constructor(request: RoomRequest, parts: JanusRoomParts, onEvent: (event: RoomEvent) => void) {
    this.#parts = parts;
    this.#request = request;
    this.#onEvent = onEvent;
    const { signal } = this.#ending;
    this.#ended = new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.released = Promise.resolve()
      .then(() => this.#live())
      .catch((err: unknown) => parts.log.error({ err, room_id: request.roomId }, 'a room failed'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'silent';
    this.#ending.abort(new MediaError('room_destroyed'));
    await this.released;
  }

  async #live(): Promise<void> {
    let isMade = false;
    try {
      await using scope = new Scope();
      await this.#make(scope);
      isMade = true;
      this.#tell({ type: 'done' });
      await this.#ended;
    } catch (cause) {
      if (isMade) throw cause;
      this.#tell({ type: 'failed', error: toMediaError(cause) });
      this.#state = 'silent';
    }
  }

  async #make(scope: Scope): Promise<void> {
    const { clock, engines, random, rooms } = this.#parts;
    const { signal } = this.#ending;
    const settings = roomSettings(this.#request, this.#parts.node);
    const seat = scope.own(engines.enter(() => this.#end('engine_died')));
    const parts = { connection: seat.connection, clock, onEvent: (event: JanusEvent) => this.#hear(event) };
    const session = scope.own(await JanusSession.open(parts, signal));
    const handle = await session.attach(videoroom, this.#request.roomId, signal);
    const number = await underFreeNumber(random, roomExists, (room) =>
      this.#create(handle, { request: 'create', room, ...settings }),
    );
    scope.defer(() => this.#destroy(handle, number));
    const { roomId: id, bitsPerSecond = 0 } = this.#request;
    const { engineId } = seat;
    const made = { id, engineId, number, bitsPerSecond, feeds: new Map(), listeners: new Set<() => void>() };
    scope.own(rooms.add(made));
  }

  /** What Janus did not refuse may have been made, even if nobody waits for its word any more. */
  async #create(
    handle: JanusHandle,
    body: { readonly request: 'create'; readonly room: number },
  ): Promise<void> {
    try {
      await handle.message(body, undefined, this.#ending.signal);
    } catch (cause) {
      if (!(cause instanceof JanusError)) await this.#destroy(handle, body.room);
      throw cause;
    }
  }

  /** A room outlives the session that made it, unless it is destroyed. */
  async #destroy(handle: JanusHandle, room: number): Promise<void> {
    const body = { request: 'destroy', room };
    await farewell(this.#parts.clock, (limit) => handle.message(body, undefined, limit));
  }

  #hear(event: JanusEvent): void {
    if (event.janus === 'timeout' || event.janus === 'detached') this.#end('janus_session_down');
  }

  #end(reason: ErrorName): void {
    if (this.#state !== 'running') return;
    this.#state = 'ended';
    // Before it is made, what is under way rejects with the reason, and that is told.
    const isMade = this.#parts.rooms.has(this.#request.roomId);
    this.#ending.abort(new MediaError(reason));
    if (isMade) this.#tell({ type: 'gone', reason });
  }

  #tell(event: RoomEvent): void {
    if (this.#state !== 'silent') this.#onEvent(event);
  }
}

/** Throws MediaError `invalid_parameters` for what no Janus carries. */
function roomSettings({ roomId, codecs: wanted, bitsPerSecond = 0 }: RoomRequest, node: string): object {
  const known = wanted.map((name) => codecOf(name));
  const words = (kind: 'audio' | 'video'): string =>
    known.flatMap((codec) => (codec.kind === kind ? codec.word : [])).join(',');
  const [audiocodec, videocodec] = [words('audio'), words('video')];
  return {
    description: `${roomMark(node)}${roomId}`,
    publishers: mostPublishers,
    permanent: false,
    ...(audiocodec !== '' && { audiocodec }),
    ...(videocodec !== '' && { videocodec }),
    ...(bitsPerSecond > 0 && { bitrate: bitsPerSecond, bitrate_cap: true }),
  };
}

function codecOf(name: string): { readonly kind: 'audio' | 'video'; readonly word: string } {
  const codec = codecs[name.toLowerCase()];
  if (codec === undefined)
    throw new MediaError('invalid_parameters', undefined, { hint: `no room carries ${name}` });
  return codec;
}
