import { MediaError } from '#schemas';
import type { ErrorName, RoomInfo, RoomMessage, RoomNews, RoomStatus, SessionId } from '#schemas';
import { unreachable, type Machine } from '#services/kernel';
import { Members, wordsOf } from './members.ts';
import { MessageLog } from './message-log.ts';
import type { Member, RequestNumber, RoomInput, RoomOutput } from './messages.ts';
import type { RoomConfig } from './room-config.ts';

type SlowLink = Extract<RoomInput, { readonly type: 'slow_link' }>;

/** Requests that may wait for a room to open; whoever asks for more is answered `busy`. */
const mostWaiting = 100;

/**
 * One room: who publishes and who listens in it, what was said there, when it dies.
 *
 * It lives as long as somebody publishes, and for its timeout after the last that happened. Listeners alone do not
 * keep it, and none outlives the publisher that it follows.
 * @see reference/nkmedia-api.md section 5
 */
export class Room implements Machine<RoomInput, RoomOutput> {
  readonly #config: RoomConfig;
  readonly #members = new Members();
  readonly #log = new MessageLog();
  readonly #waiting = new Set<RequestNumber>();
  #state: 'opening' | 'open' | 'ended' = 'opening';
  #isProvisional: boolean;
  /** Publishers that asked for a place and have neither got nor given it up. */
  #reserved = 0;
  #idleSince: number;
  #slowLink: RoomStatus['slow_link'];

  constructor(config: RoomConfig, now: number) {
    this.#config = config;
    this.#isProvisional = config.isProvisional;
    this.#idleSince = now;
  }

  /** The room as get_info shows it. */
  get info(): RoomInfo {
    const { id, backend, audioCodec, videoCodec, bitsPerSecond, timeoutMs, meta } = this.#config;
    return {
      room_id: id,
      class: 'sfu',
      backend,
      audio_codec: audioCodec,
      video_codec: videoCodec,
      bitrate: bitsPerSecond,
      timeout: timeoutMs / 1000,
      ...(meta && { room_meta: meta }),
      members: this.#members.words,
      status: this.status,
    };
  }

  /** The room as get_status shows it. */
  get status(): RoomStatus {
    const { publishers, size } = this.#members;
    const counts = { publishers, listeners: size - publishers };
    return { ...counts, ...(this.#slowLink && { slow_link: this.#slowLink }) };
  }

  /** The messages that are kept, oldest first. */
  get messages(): readonly RoomMessage[] {
    return this.#log.messages;
  }

  /** Whether the end of a session is of concern here. */
  knows(id: SessionId): boolean {
    return this.#members.knows(id);
  }

  /** The sessions in the room, and those on their way into it. */
  get sessions(): readonly SessionId[] {
    return this.#members.ids();
  }

  /** What a session is in the room; undefined while it is not. */
  member(id: SessionId): Member | undefined {
    return this.#members.get(id);
  }

  get deadline(): number | undefined {
    if (this.#state === 'ended' || this.#members.publishers > 0) return undefined;
    return this.#idleSince + this.#config.timeoutMs;
  }

  tick(now: number): RoomOutput[] {
    return this.deadline !== undefined && now >= this.deadline ? this.#end(new MediaError('timeout')) : [];
  }

  handle(input: RoomInput, now: number): RoomOutput[] {
    if (this.#state === 'ended') return refuse(input);
    switch (input.type) {
      case 'start':
        return [{ type: 'open' }];
      case 'opened':
        return this.#opened();
      case 'failed':
        return this.#end(input.error, input.error.code);
      case 'when_open':
        return this.#whenOpen(input.request);
      case 'cancel':
        this.#waiting.delete(input.request);
        return [];
      case 'reserved':
      case 'taken':
      case 'given_up':
        return this.#onPlace(input.type);
      case 'expected':
        this.#members.expect(input.sessionId, input.peerId);
        return [];
      case 'joined':
        return this.#joined(input.member, now);
      case 'left':
        return this.#left(input.sessionId, now);
      case 'slow_link':
        return this.#onSlowLink(input);
      case 'message':
        return this.#said(input, now);
      case 'stop':
        return this.#end(new MediaError(input.reason));
      default:
        return unreachable(input);
    }
  }

  #opened(): RoomOutput[] {
    if (this.#state !== 'opening') return [];
    this.#state = 'open';
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return [
      tell({ type: 'created', body: this.info }),
      ...waiting.map((request) => reply(request, undefined)),
    ];
  }

  #whenOpen(request: RequestNumber): RoomOutput[] {
    if (this.#state === 'open') return [reply(request, undefined)];
    if (this.#waiting.size >= mostWaiting) return [reply(request, new MediaError('busy'))];
    this.#waiting.add(request);
    return [];
  }

  /** A room that was made for publishers who all failed is of no use to anybody. */
  #onPlace(what: 'reserved' | 'taken' | 'given_up'): RoomOutput[] {
    this.#reserved += what === 'reserved' ? 1 : -1;
    if (what === 'taken') this.#isProvisional = false;
    const isUsed = this.#reserved > 0 || this.#members.size > 0;
    return this.#isProvisional && !isUsed ? this.#end(new MediaError('no_room_members')) : [];
  }

  #joined(member: Member, now: number): RoomOutput[] {
    const before = this.#members.get(member.sessionId);
    if (before?.role === member.role && before.peerId === member.peerId) return [];
    this.#members.put(member);
    this.#idleSince = now;
    // Its publisher left while it moved there: too late to end with it as the others did.
    const isLate = member.peerId !== undefined && !this.#members.knows(member.peerId);
    const body = { session_id: member.sessionId, ...wordsOf(member) };
    return [
      tell({ type: before === undefined ? 'started_member' : 'updated_member', body }),
      ...(isLate
        ? [stopMember(member.sessionId, 'publisher_stop'), ...this.#left(member.sessionId, now)]
        : []),
    ];
  }

  /** The listeners of a publisher end before anything else becomes of them. */
  #left(id: SessionId, now: number): RoomOutput[] {
    const member = this.#members.take(id);
    if (member === undefined) return [];
    this.#idleSince = now;
    const followers = this.#members.followersOf(id);
    const gone = followers.flatMap((follower) => this.#members.take(follower) ?? []);
    return [
      ...followers.map((sessionId) => stopMember(sessionId, 'publisher_stop')),
      ...[member, ...gone].map(stopped),
    ];
  }

  #onSlowLink({ sessionId, isUplink, lostPackets }: SlowLink): RoomOutput[] {
    if (this.#members.get(sessionId)?.role !== 'publisher') return [];
    this.#slowLink = {
      session_id: sessionId,
      ...(isUplink !== undefined && { uplink: isUplink }),
      ...(lostPackets !== undefined && { nacks: lostPackets }),
    };
    return [tell({ type: 'status', body: { class: 'slow_link', session_id: sessionId, ...this.#slowLink } })];
  }

  #said(
    { request, content, sender }: Extract<RoomInput, { readonly type: 'message' }>,
    now: number,
  ): RoomOutput[] {
    this.#idleSince = now;
    const message = this.#log.add(content, sender);
    return [reply(request, message.msg_id), tell({ type: 'msglog_new_msg', body: message })];
  }

  /** `memberReason`: what the members are told. A room that never opened leaves without a word. */
  #end(error: MediaError, memberReason: ErrorName = 'room_destroyed'): RoomOutput[] {
    const waiting = [...this.#waiting];
    const ids = this.#members.ids();
    const members = ids.flatMap((id) => this.#members.take(id) ?? []);
    const wasOpen = this.#state === 'open';
    this.#waiting.clear();
    this.#state = 'ended';
    return [
      ...waiting.map((request) => reply(request, error)),
      ...ids.map((id) => stopMember(id, memberReason)),
      ...members.map(stopped),
      ...(wasOpen ? [tell(farewellOf(error))] : []),
      { type: 'ended', reason: error.code },
    ];
  }
}

/** The body of a room's last event: why it ended. */
export function farewellOf(error: MediaError): Extract<RoomNews, { readonly type: 'destroyed' }> {
  const { number: code, message: reason, code: name, hint } = error;
  return { type: 'destroyed', body: { code, reason, name, ...(hint !== undefined && { hint }) } };
}

function refuse(input: RoomInput): RoomOutput[] {
  const asks = input.type === 'when_open' || input.type === 'message';
  return asks ? [reply(input.request, new MediaError('room_not_found'))] : [];
}

function reply(request: RequestNumber, result: number | MediaError | undefined): RoomOutput {
  return { type: 'reply', request, result };
}

function tell(event: RoomNews): RoomOutput {
  return { type: 'event', event };
}

function stopMember(sessionId: SessionId, reason: ErrorName): RoomOutput {
  return { type: 'stop_member', sessionId, reason };
}

function stopped(member: Member): RoomOutput {
  return tell({ type: 'stopped_member', body: { session_id: member.sessionId, ...wordsOf(member) } });
}
