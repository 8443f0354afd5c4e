import type { HandlePort, PluginEvent, PluginMessage, PluginResult, PluginSession } from '#janus/gateway';
import type { ChannelReliability, Encoding, MediaRouter, RtpSink } from '#janus/media';
import type { JanusMessages } from '#schemas';
import { unreachable, type Clock } from '#services/kernel';
import { checkPin, roomRequests } from './management/room-requests.ts';
import { Publisher } from './publisher/publisher.ts';
import { readRequest } from './read-request.ts';
import { refusal } from './refusals.ts';
import type { Room } from './rules/room.ts';
import type { Rooms } from './rules/rooms.ts';
import { Subscriber } from './subscriber/subscriber.ts';

/** What all sessions of the plugin share. */
export interface VideoRoomParts {
  readonly clock: Clock;
  readonly router: MediaRouter;
  readonly rooms: Rooms;
  /** A number that no publication had before. */
  readonly nextPublication: () => number;
}

/** What a handle is in its room. Who has left one cannot enter another: Janus wants a new handle for that. */
type Role =
  | { readonly name: 'none' }
  | { readonly name: 'publisher'; readonly who: Publisher }
  | { readonly name: 'subscriber'; readonly who: Subscriber }
  | { readonly name: 'left' };

/** Requests that are answered by an event. */
const eventRequests = new Set([
  ...['join', 'joinandconfigure', 'configure', 'publish', 'unpublish', 'leave'],
  ...['start', 'pause', 'subscribe', 'unsubscribe', 'update', 'switch'],
]);

/** Where packets go that belong to nothing published. */
const nowhere: RtpSink = { write: () => undefined, senderReport: () => undefined };

/** One handle on the video room: a participant, a subscriber, or somebody who manages rooms. */
export class VideoRoomSession implements PluginSession {
  readonly #handle: HandlePort;
  readonly #parts: VideoRoomParts;
  #role: Role = { name: 'none' };
  #isAnswering = false;
  readonly #later: (() => void)[] = [];

  constructor(handle: HandlePort, parts: VideoRoomParts) {
    this.#handle = handle;
    this.#parts = parts;
  }

  handleMessage(message: PluginMessage): PluginResult {
    const { request } = readRequest('videoroom', message.body);
    const name = request.toLowerCase();
    const atOnce = roomRequests.get(name);
    if (atOnce !== undefined)
      return { type: 'ok', data: atOnce(this.#parts.rooms, message.body, this.#handle) };
    if (!eventRequests.has(name)) throw unknownRequest(request);
    this.#isAnswering = true;
    const event = this.#respond(name, request, message);
    // The gateway hears of the event after this, and before the microtask.
    const answered = (): void => queueMicrotask(() => this.#answered());
    event.then(answered, answered);
    return { type: 'ack', event };
  }

  setupMedia(): void {
    if (this.#role.name === 'publisher') this.#role.who.setupMedia();
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink {
    const sink = this.#role.name === 'publisher' ? this.#role.who.incomingRtp(mid, encoding) : undefined;
    return sink ?? nowhere;
  }

  dataReady(label: string, reliability: ChannelReliability): void {
    if (this.#role.name === 'publisher') this.#role.who.dataReady(label, reliability);
  }

  dataEnded(label: string): void {
    if (this.#role.name === 'publisher') this.#role.who.dataEnded(label);
  }

  incomingData(label: string, payload: string | Buffer): void {
    if (this.#role.name === 'publisher') this.#role.who.incomingData(label, payload);
  }

  slowLink(_mid: string, isUplink: boolean): void {
    if (this.#role.name === 'publisher' && isUplink) this.#role.who.slowLink();
    if (this.#role.name === 'subscriber' && !isUplink) this.#role.who.slowLink();
  }

  hangupMedia(): void {
    if (this.#role.name === 'publisher' || this.#role.name === 'subscriber') this.#role.who.hangupMedia();
  }

  query(): object {
    if (this.#role.name === 'publisher' || this.#role.name === 'subscriber') return this.#role.who.query();
    return { type: 'none', hangingup: 0, destroyed: 0 };
  }

  destroy(): void {
    if (this.#role.name === 'publisher' || this.#role.name === 'subscriber') this.#role.who.depart();
  }

  async #respond(name: string, spelling: string, message: PluginMessage): Promise<PluginEvent> {
    const role = this.#role;
    const isJoin = name === 'join' || name === 'joinandconfigure';
    switch (role.name) {
      case 'none':
        if (isJoin) return await this.#join(name, message);
        throw refusal('joinFirst', 'Invalid request on unconfigured participant');
      case 'left':
        if (isJoin) throw refusal('alreadyJoined', 'Not in a room (create a new handle)');
        throw refusal('noSuchRoom', 'No such room');
      case 'publisher':
      case 'subscriber':
        if (isJoin) throw refusal('alreadyJoined', `Already in as a ${role.name} on this handle`);
        if (role.name === 'publisher') return await askPublisher(role.who, name, spelling, message);
        return await askSubscriber(role.who, name, spelling, message);
      default:
        return unreachable(role);
    }
  }

  async #join(name: string, message: PluginMessage): Promise<PluginEvent> {
    const { body } = message;
    const { room: id, pin } = readRequest('videoroom.room', body);
    const room = this.#parts.rooms.find(id);
    const { ptype, token } = readRequest('videoroom.join', body);
    checkPin(room, pin);
    switch (ptype.toLowerCase()) {
      case 'publisher':
        return await this.#joinAsPublisher(room, name, token, message);
      case 'subscriber':
        return await this.#joinAsSubscriber(room, readRequest('videoroom.subscriber', body));
      default:
        throw refusal('invalidElement', 'Invalid element (ptype)');
    }
  }

  async #joinAsPublisher(
    room: Room,
    name: string,
    token: string | undefined,
    message: PluginMessage,
  ): Promise<PluginEvent> {
    const wish = readRequest('videoroom.join_publisher', message.body);
    room.checkToken(token);
    const { rooms, ...rest } = this.#parts;
    const later = (action: () => void): void => this.#runLater(action);
    const parts = { ...rest, handle: this.#handle, room, left: () => this.#left(), later };
    const id = wish.id === undefined || wish.id === 0 ? rooms.memberId(room) : wish.id;
    const private_id = rooms.privateId();
    const named = wish.display !== undefined && { display: wish.display };
    const who = new Publisher(parts, { id, privateId: private_id, ...named });
    room.enter(who);
    this.#role = { name: 'publisher', who };
    const joining = { id, ...named };
    if (room.options.notify_joining) room.tellMembers({ videoroom: 'event', room: room.id, joining }, who);
    this.#handle.notifyEvent({ event: 'joined', room: room.id, id, private_id, ...named });
    if (name === 'join' || message.jsep === undefined) return { data: who.welcome };
    return await this.#configureToo(who, message);
  }

  /** `joinandconfigure`: whoever cannot publish has not joined. */
  async #configureToo(who: Publisher, { body, jsep }: PluginMessage): Promise<PluginEvent> {
    try {
      const configured = await who.configure(readRequest('videoroom.publish', body), [], jsep);
      return { data: { ...who.welcome, ...configured.published }, ...(jsep && { jsep: configured.jsep }) };
    } catch (cause) {
      who.depart();
      this.#role = { name: 'none' };
      throw cause;
    }
  }

  async #joinAsSubscriber(room: Room, request: JanusMessages['videoroom.subscriber']): Promise<PluginEvent> {
    const { router } = this.#parts;
    const left = (): void => this.#left();
    const later = (action: () => void): void => this.#runLater(action);
    const who = new Subscriber({ handle: this.#handle, router, room, left, later });
    room.admit(who);
    this.#role = { name: 'subscriber', who };
    try {
      return await who.join(request);
    } catch (cause) {
      who.depart();
      this.#role = { name: 'none' };
      throw cause;
    }
  }

  /** The room is left; the connection closes once the client has heard of it. */
  #left(): void {
    this.#role = { name: 'left' };
    this.#runLater(() => this.#handle.closePeerConnection('Close PC'));
  }

  #runLater(action: () => void): void {
    if (this.#isAnswering) this.#later.push(action);
    else action();
  }

  #answered(): void {
    this.#isAnswering = false;
    for (const action of this.#later.splice(0)) action();
  }
}

async function askPublisher(
  who: Publisher,
  name: string,
  spelling: string,
  { body, jsep }: PluginMessage,
): Promise<PluginEvent> {
  switch (name) {
    case 'publish':
      if (who.feed?.isUp === true && jsep !== undefined)
        throw refusal('alreadyPublished', "Can't publish, already published");
      return await configurePublisher(who, body, jsep);
    case 'configure':
      return await configurePublisher(who, body, jsep);
    case 'unpublish':
      return who.unpublish();
    case 'leave':
      return who.leave();
    default:
      throw unknownRequest(spelling);
  }
}

function configurePublisher(who: Publisher, body: object, jsep: PluginMessage['jsep']): Promise<PluginEvent> {
  const { streams = [] } = readRequest('videoroom.publish_streams', body);
  return who.configured(readRequest('videoroom.publish', body), streams, jsep);
}

async function askSubscriber(
  who: Subscriber,
  name: string,
  spelling: string,
  { body, jsep }: PluginMessage,
): Promise<PluginEvent> {
  switch (name) {
    case 'start':
      return await who.start(jsep);
    case 'pause':
      return who.pause();
    case 'subscribe':
      return await who.subscribe(body);
    case 'unsubscribe':
      return await who.unsubscribe(body);
    case 'update':
      return await who.update(body);
    case 'switch':
      return who.switch(body);
    case 'configure':
      return await who.configure(body);
    case 'leave':
      return who.leave();
    default:
      throw unknownRequest(spelling);
  }
}

function unknownRequest(spelling: string): Error {
  return refusal('invalidRequest', `Unknown request '${spelling}'`);
}
