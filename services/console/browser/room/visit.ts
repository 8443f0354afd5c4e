import { CommandConnection, CommandFailed, faultFrom, type ConnectionNews } from '../commands.ts';
import { textIn } from '../json.ts';
import { countersOf, joined, type Counters } from '../media/counters.ts';
import { Leg, type LegNews } from '../media/leg.ts';
import type { LegState } from '../media/leg-state.ts';
import type { MediaUpdate } from '../media/update.ts';
import { faultOf, type Fault, type MediaEvent } from '../wire.ts';
import type { RoomState, Watched } from './hook.ts';
import { Members, type Member } from './members.ts';
import { messageOf, type Message } from './messages.ts';

/** What a Visit tells its page. */
export type VisitNews =
  | { readonly type: 'state'; readonly state: RoomState }
  | { readonly type: 'members'; readonly members: readonly Member[] }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'remote'; readonly stream: MediaStream }
  /** Something failed, or ended by itself, and the visit goes on; or it is why the visit is over. */
  | { readonly type: 'fault'; readonly fault: Fault };

/** Whom and where, and what to send if anything. */
export interface Guest {
  readonly name: string;
  readonly roomId: string;
  readonly stream?: MediaStream;
  /** Mutes and bitrate to begin with. */
  readonly settings: MediaUpdate;
}

const roomExists = 'room_already_exists';
const publisherStop = 'publisher_stop';

/** One stay in one room, on a command connection of its own: publishes, watches one publisher, reads and writes messages. */
export class Visit {
  readonly #guest: Guest;
  readonly #say: (news: VisitNews) => void;
  readonly #members = new Members();
  #connection: CommandConnection | undefined;
  #sending: { readonly leg: Leg; state: LegState } | undefined;
  #watching: { readonly leg: Leg; watched: Watched; isSwitching: boolean } | undefined;
  #left: string | undefined;
  #name: RoomState['name'] = 'entering';

  /** The tracks of the guest's stream stay the caller's. */
  constructor(guest: Guest, say: (news: VisitNews) => void) {
    this.#guest = guest;
    this.#say = say;
  }

  get members(): readonly Member[] {
    return this.#members.all;
  }

  /** Makes the room if there is none, enters it, and publishes if there is a stream. Failures are told as `outside`. */
  async enter(url: URL): Promise<void> {
    try {
      this.#show();
      const connection = await CommandConnection.open(url, this.#guest.name, (news) => this.#hear(news));
      if (this.#name === 'outside') {
        connection.close();
        return;
      }
      this.#connection = connection;
      await this.#findRoom(connection);
      if (this.#connection !== connection) return;
      this.#name = 'inside';
      this.#show();
      if (this.#guest.stream !== undefined) await this.#publish(connection, this.#guest.stream);
    } catch (cause) {
      this.#end(faultFrom(cause));
    }
  }

  /** Shows another publisher: the first time with a session, later by a switch of that session. */
  async watch(publisherId: string): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const current = this.#watching;
    if (current === undefined) return this.#listen(connection, publisherId);
    if (current.watched.leg.name !== 'running') return;
    current.isSwitching = true;
    try {
      await current.leg.command('set_type', { type: 'listen', publisher_id: publisherId });
      current.watched = { ...current.watched, publisherId };
      this.#show();
    } catch (cause) {
      this.#say({ type: 'fault', fault: faultFrom(cause) });
    } finally {
      current.isSwitching = false;
    }
  }

  /** Ends the session that shows a publisher. */
  stopWatching(): void {
    this.#watching?.leg.stop();
  }

  /** Keeps a message in the room's log; it comes back as an event. Rejects with CommandFailed. */
  async write(text: string): Promise<void> {
    await this.#ask('msglog_send', { msg: { text } });
  }

  /** What is published. Rejects with CommandFailed. */
  async update(changes: MediaUpdate): Promise<void> {
    await this.#sending?.leg.update(changes);
  }

  /** Of what is sent and what is watched, as one. */
  async counters(atMs: number): Promise<Counters> {
    const [sent, received] = await Promise.all(
      [this.#sending?.leg, this.#watching?.leg].map(
        async (leg) => leg && countersOf((await leg.stats()).values(), atMs),
      ),
    );
    const none = countersOf([], atMs);
    if (received === undefined) return sent ?? none;
    return joined(sent ?? none, received);
  }

  /** Ends both legs with the connection. */
  leave(): void {
    this.#end();
  }

  /** Subscribes first, so that nothing between is missed. */
  async #findRoom(connection: CommandConnection): Promise<void> {
    const room_id = this.#guest.roomId;
    await this.#createRoom(connection, room_id);
    const events = { class: 'media', subclass: 'room', obj_id: room_id };
    await connection.request('core', 'event', 'subscribe', events);
    this.#members.reset(await connection.request('media', 'room', 'get_info', { room_id }));
    this.#say({ type: 'members', members: this.#members.all });
    const messages = await connection.list('media', 'room', 'msglog_get', { room_id });
    for (const message of messages) this.#tell(messageOf(message));
  }

  async #createRoom(connection: CommandConnection, room_id: string): Promise<void> {
    try {
      await connection.request('media', 'room', 'create', { class: 'sfu', room_id });
    } catch (cause) {
      // Others are there already; that is what a room is for.
      if (!(cause instanceof CommandFailed) || cause.fault.name !== roomExists) throw cause;
    }
  }

  async #publish(connection: CommandConnection, stream: MediaStream): Promise<void> {
    const leg = new Leg(connection, (news) => this.#followSent(news), stream);
    this.#sending = { leg, state: { name: 'negotiating' } };
    const place = { room_id: this.#guest.roomId, create_room: true };
    await leg.offer({ type: 'publish', wait_reply: true, ...place, ...this.#guest.settings });
  }

  async #listen(connection: CommandConnection, publisherId: string): Promise<void> {
    const leg = new Leg(connection, (news) => this.#followWatched(news));
    const watched: Watched = { publisherId, leg: { name: 'negotiating' } };
    this.#watching = { leg, watched, isSwitching: false };
    this.#left = undefined;
    this.#show();
    await leg.answer({ type: 'listen', room_id: this.#guest.roomId, publisher_id: publisherId });
  }

  #hear(news: ConnectionNews): void {
    if (news.type === 'closed') return this.#end(news.fault);
    const { event } = news;
    this.#say({ type: 'event', event });
    this.#sending?.leg.hear(event);
    this.#watching?.leg.hear(event);
    if (event.subclass === 'room' && event.obj_id === this.#guest.roomId) this.#hearRoom(event);
  }

  #hearRoom(event: MediaEvent): void {
    if (event.type === 'destroyed') {
      const { text, ...rest } = faultOf(event.body);
      return this.#end({ ...rest, text: `The broker ended the room: ${text}` });
    }
    // Before we are inside, the log that is still to come has it.
    if (event.type === 'msglog_new_msg')
      return this.#name === 'inside' ? this.#tell(messageOf(event.body)) : undefined;
    this.#members.hear(event);
    this.#say({ type: 'members', members: this.#members.all });
  }

  #tell(message: Message | undefined): void {
    if (message !== undefined) this.#say({ type: 'message', message });
  }

  #followSent(news: LegNews): void {
    if (news.type === 'warning') this.#say({ type: 'fault', fault: news.fault });
    if (news.type !== 'state' || this.#sending === undefined) return;
    if (news.state.name === 'ended') this.#sending = undefined;
    else this.#sending.state = news.state;
    this.#show();
    this.#tellEnd(news.state);
  }

  #followWatched(news: LegNews): void {
    if (news.type === 'warning') this.#say({ type: 'fault', fault: news.fault });
    if (news.type === 'remote') this.#say(news);
    if (news.type !== 'state' || this.#watching === undefined) return;
    const { watched, isSwitching } = this.#watching;
    // A publisher that leaves is the course of things, and no fault. During a switch it may be either of two.
    const isLeft = news.state.name === 'ended' && news.state.fault?.name === publisherStop;
    const name = isSwitching ? undefined : this.#members.nameOf(watched.publisherId);
    if (isLeft) this.#left = name ?? 'The publisher';
    if (news.state.name === 'ended') this.#watching = undefined;
    else this.#watching.watched = { ...watched, leg: news.state };
    this.#show();
    if (!isLeft) this.#tellEnd(news.state);
  }

  #tellEnd(state: LegState): void {
    if (state.name === 'ended' && state.fault !== undefined) this.#say({ type: 'fault', fault: state.fault });
  }

  async #ask(cmd: string, data: object): Promise<void> {
    const room_id = this.#guest.roomId;
    await this.#connection?.request('media', 'room', cmd, { room_id, ...data });
  }

  #show(): void {
    this.#say({ type: 'state', state: this.#state() });
  }

  #state(): RoomState {
    if (this.#name !== 'inside') return { name: this.#name };
    return {
      name: 'inside',
      roomId: this.#guest.roomId,
      ...(this.#sending && { sending: this.#sending.state }),
      ...(this.#watching && { watching: this.#watching.watched }),
      ...(this.#left !== undefined && { left: this.#left }),
    };
  }

  #end(fault?: Fault): void {
    if (this.#name === 'outside') return;
    this.#name = 'outside';
    const legs = [this.#sending?.leg, this.#watching?.leg];
    this.#sending = undefined;
    this.#watching = undefined;
    for (const leg of legs) leg?.drop();
    this.#connection?.close();
    this.#connection = undefined;
    // Before the state, with which the page lets go of us.
    if (fault !== undefined) this.#say({ type: 'fault', fault });
    this.#show();
  }
}

/** Names of the rooms there are, by a connection of its own. Rejects with CommandFailed. */
export async function roomNames(url: URL): Promise<readonly string[]> {
  const connection = await CommandConnection.open(url, 'room-demo', () => undefined);
  try {
    const rooms = await connection.list('media', 'room', 'get_list', {});
    return rooms.flatMap((room) => textIn(room, 'room_id') ?? []).sort();
  } finally {
    connection.close();
  }
}
