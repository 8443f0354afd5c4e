import { MediaError } from '#schemas';
import type { ErrorName, RoomId, RoomInfo, RoomMessage, RoomNews, RoomStatus, SessionId } from '#schemas';
import { Driver, unreachable, type Clock } from '#services/kernel';
import { farewellOf, Room, type Member } from '#services/room';
import type { RoomConfig, RoomInput, RoomOutput, Sender } from '#services/room';
import type { Backend, RoomEvent } from '#services/session';
import { PendingRequests } from '../requests/pending-requests.ts';
import { encodingOf } from './encodings.ts';
import type { Place, RunningRoom } from './room-registry.ts';

/** What surrounds one running room. */
export interface RoomSurroundings {
  readonly clock: Clock;
  readonly media: Backend;
  tell(event: RoomNews): void;
  stopMember(id: SessionId, reason: ErrorName): void;
  /** Told once: the room is over and is being destroyed on its media server. */
  ended(reason: ErrorName): void;
  /**
   * Told why the room ends with `internal_error` (what a bug threw) or with `busy`; returns the reference under which
   * it can be looked up.
   */
  fault(cause: unknown): string;
}

/** Runs one Room: has its backend make it, and turns its replies into promises. */
export class RoomRunner implements RunningRoom {
  readonly id: RoomId;
  readonly backend: string;
  readonly ended: Promise<ErrorName>;
  readonly #config: RoomConfig;
  readonly #surroundings: RoomSurroundings;
  readonly #room: Room;
  readonly #driver: Driver<RoomInput, RoomOutput>;
  readonly #pending: PendingRequests<RoomInput, number | undefined>;
  #media: AsyncDisposable | undefined;
  #settleEnded: (reason: ErrorName) => void = () => undefined;

  constructor(config: RoomConfig, surroundings: RoomSurroundings) {
    this.id = config.id;
    this.backend = config.backend;
    this.#config = config;
    this.#surroundings = surroundings;
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#room = new Room(config, surroundings.clock.now());
    this.#driver = new Driver(this.#room, surroundings.clock, {
      perform: (output) => this.#perform(output),
      fault: (cause) => this.#abort('internal_error', cause),
    });
    this.#pending = new PendingRequests((input) => this.#driver.post(input));
  }

  get info(): RoomInfo {
    return this.#room.info;
  }

  get status(): RoomStatus {
    return this.#room.status;
  }

  get messages(): readonly RoomMessage[] {
    return this.#room.messages;
  }

  get hasEnded(): boolean {
    return this.#pending.over !== undefined;
  }

  /** What a session is in the room; undefined while it is not. */
  member(id: SessionId): Member | undefined {
    return this.#room.member(id);
  }

  /** Hands over what happened around the room; `start` first. A room that missed something ends. */
  post(input: RoomInput): void {
    if (this.#pending.over !== undefined || this.#driver.post(input)) return;
    this.#abort('busy', new Error('a room was told more than it can take'));
  }

  /** Of those that the room itself stopped it need not be told, however many they are. */
  left(sessionId: SessionId): void {
    if (this.#room.knows(sessionId)) this.post({ type: 'left', sessionId });
  }

  async whenOpen(signal: AbortSignal): Promise<void> {
    await this.#pending.ask((request) => ({ type: 'when_open', request }), signal);
  }

  async say(content: object, sender: Omit<Sender, 'timestamp'>): Promise<number> {
    const timestamp = this.#surroundings.clock.wallTime() * 1000;
    const said = { type: 'message', content, sender: { ...sender, timestamp } } as const;
    const id = await this.#pending.ask((request) => ({ ...said, request }));
    if (id === undefined) throw new TypeError('a message was answered with nothing');
    return id;
  }

  reserve(): Place {
    this.post({ type: 'reserved' });
    let isOpen = true;
    const settle = (type: 'taken' | 'given_up'): void => {
      if (isOpen) this.post({ type });
      isOpen = false;
    };
    return { take: () => settle('taken'), giveUp: () => settle('given_up') };
  }

  stop(reason: ErrorName): void {
    this.post({ type: 'stop', reason });
  }

  #perform(output: RoomOutput): void {
    switch (output.type) {
      case 'open':
        this.#media = this.#open();
        return;
      case 'reply':
        return this.#pending.settle(output.request, output.result);
      case 'event':
        return this.#surroundings.tell(output.event);
      case 'stop_member':
        return this.#surroundings.stopMember(output.sessionId, output.reason);
      case 'ended':
        return this.#finish(new MediaError(output.reason));
      default:
        return unreachable(output);
    }
  }

  #open(): AsyncDisposable {
    const { id: roomId, audioCodec, videoCodec, bitsPerSecond } = this.#config;
    const codecs = [audioCodec, videoCodec].flatMap((codec) => encodingOf(codec) ?? []);
    return this.#surroundings.media.openRoom({ roomId, codecs, bitsPerSecond }, (event) =>
      this.post(inputOf(event)),
    );
  }

  /** Ends a room whose own rules can no longer do it. */
  #abort(reason: ErrorName, cause: unknown): void {
    const error = new MediaError(reason, this.#surroundings.fault(cause));
    if (this.#pending.over !== undefined) return;
    this.#finish(error, () => {
      for (const id of this.#room.sessions) this.#surroundings.stopMember(id, 'room_destroyed');
      this.#surroundings.tell(farewellOf(error));
    });
  }

  #finish(error: MediaError, takeLeave = (): void => undefined): void {
    this.#pending.end(error);
    this.#driver[Symbol.dispose]();
    takeLeave();
    this.#surroundings.ended(error.code);
    this.#release()
      .catch((cause: unknown) => void this.#surroundings.fault(cause))
      .finally(() => this.#settleEnded(error.code));
  }

  async #release(): Promise<void> {
    await this.#media?.[Symbol.asyncDispose]();
  }
}

function inputOf(event: RoomEvent): RoomInput {
  switch (event.type) {
    case 'done':
      return { type: 'opened' };
    case 'failed':
      return { type: 'failed', error: event.error };
    case 'gone':
      return { type: 'failed', error: new MediaError(event.reason) };
    default:
      return unreachable(event);
  }
}
