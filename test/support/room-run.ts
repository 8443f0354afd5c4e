import assert from 'node:assert/strict';
import { MediaError, roomId, type RoomNews, type SessionId } from '#schemas';
import { Driver } from '#services/kernel';
import { Room, type RoomConfig, type RoomInput, type RoomOutput } from '#services/room';
import { FakeClock } from './fake-clock.ts';

/** What a room of the tests is made with, unless they say otherwise. */
export const roomDefaults = Object.freeze({
  audioCodec: 'opus',
  videoCodec: 'vp8',
  bitsPerSecond: 0,
  timeoutMs: 300_000,
  isProvisional: false,
}) satisfies Omit<RoomConfig, 'id' | 'backend'>;

/** A room and its driver, spoken to in a few words. */
class RoomRun {
  readonly clock = new FakeClock();
  readonly room: Room;
  readonly #driver: Driver<RoomInput, RoomOutput>;
  readonly #outputs: RoomOutput[] = [];

  constructor(config: Partial<RoomConfig>) {
    const { clock } = this;
    const whole = { ...roomDefaults, id: roomId('r'), backend: 'nkmedia_janus', ...config };
    this.room = new Room(whole, clock.now());
    this.#driver = new Driver(this.room, clock, {
      perform: (output) => this.#outputs.push(output),
      fault: assert.ifError,
    });
    this.post({ type: 'start' });
  }

  post(input: RoomInput): void {
    assert.equal(this.#driver.post(input), true);
  }

  /** The media server has made it; what it said so far is forgotten. */
  open(): this {
    this.post({ type: 'opened' });
    this.said();
    return this;
  }

  publish(sessionId: SessionId): void {
    this.post({ type: 'joined', member: { sessionId, role: 'publisher', userId: 'anna' } });
  }

  listen(sessionId: SessionId, peerId: SessionId): void {
    this.post({ type: 'joined', member: { sessionId, role: 'listener', userId: 'anna', peerId } });
  }

  say(content: object): void {
    const sender = { user_id: 'anna', session_id: 'ws-1', timestamp: 1000 };
    this.post({ type: 'message', request: 1, content, sender });
  }

  /** Outputs since the last call, in a few words each. */
  said(): string[] {
    return this.#outputs.splice(0).map(inWords);
  }
}

/** Starts a room that its media server has yet to make. */
export function start(config: Partial<RoomConfig> = {}): RoomRun {
  return new RoomRun(config);
}

function inWords(output: RoomOutput): string {
  switch (output.type) {
    case 'open':
      return 'open';
    case 'reply':
      return `reply ${output.request} ${output.result instanceof MediaError ? output.result.code : (output.result ?? 'ok')}`;
    case 'event':
      return eventInWords(output.event);
    case 'stop_member':
      return `stop ${output.sessionId} ${output.reason}`;
    case 'ended':
      return `ended ${output.reason}`;
  }
}

function eventInWords({ type, body }: RoomNews): string {
  switch (type) {
    case 'created':
      return type;
    case 'started_member':
    case 'stopped_member':
    case 'updated_member':
      return [type, body.session_id, body.role, ...(body.peer_id ? [body.peer_id] : [])].join(' ');
    case 'msglog_new_msg':
      return `${type} ${body.msg_id}`;
    case 'status':
      return `${type} ${body.class} ${body.session_id}`;
    case 'destroyed':
      return `${type} ${body.name} ${body.code}`;
  }
}
