import assert from 'node:assert/strict';
import type { Caller, Reply } from '#services/broker';
import type { FakeLeg } from './fake-backend.ts';
import type { FakeCaller } from './fake-caller.ts';
import { fieldsOf } from './fields.ts';
import { dataOf, TestBroker } from './test-broker.ts';

/** What `create` answers for a session in a room. */
export interface InRoom {
  readonly session_id: string;
  readonly room_id: string;
}

/** A TestBroker with a few words for what happens in rooms. */
export class RoomBroker extends TestBroker {
  /** Asks for a publisher, and does not wait. */
  publishing(caller: Caller, data: object = {}): Promise<Reply> {
    return this.ask(caller, 'create', { type: 'publish', offer: { sdp: 'v=0' }, ...data });
  }

  /** Makes a publisher whose leg says that it is in its room. */
  async publish(caller: Caller, data: object = {}): Promise<InRoom> {
    const reply = inRoom(await this.publishing(caller, data));
    this.join(reply.session_id);
    await this.pass();
    return reply;
  }

  /** Makes a listener that has answered, and whose leg says that it is in its room. */
  async listen(caller: Caller, publisher_id: string, data: object = {}): Promise<InRoom> {
    const reply = inRoom(await this.ask(caller, 'create', { type: 'listen', publisher_id, ...data }));
    const { session_id } = reply;
    await this.ask(caller, 'set_answer', { session_id, answer: { sdp: 'v=0' } });
    this.join(session_id);
    await this.pass();
    return reply;
  }

  /** The leg of a session says which room it is in, and whom it follows. */
  join(sessionId: string, publisher = this.legOf(sessionId).opened.publisherId): void {
    const leg = this.legOf(sessionId);
    const { type: sessionType, roomId } = leg.opened;
    const room = roomId === undefined ? {} : { room_id: roomId };
    const ext = publisher === undefined ? room : { ...room, publisher_id: publisher };
    leg.emit({ type: 'type', sessionType, ext });
  }

  legOf(sessionId: string): FakeLeg {
    const leg = this.backend.legs.find(({ opened }) => opened.sessionId === sessionId);
    assert.ok(leg !== undefined, `no leg of ${sessionId}`);
    return leg;
  }

  async roomInfo(caller: Caller, room_id: string): Promise<Record<string, unknown>> {
    return dataOf(await this.askRoom(caller, 'get_info', { room_id }));
  }

  /** Ids of the sessions in a room, sorted. */
  async memberIds(caller: Caller, room_id: string): Promise<string[]> {
    const { members } = await this.roomInfo(caller, room_id);
    return [...fieldsOf(members).keys()].toSorted();
  }

  /** Ids of the rooms that run. */
  async roomIds(caller: Caller): Promise<unknown[]> {
    const rooms = Object.values(dataOf(await this.askRoom(caller, 'get_list')));
    return rooms.map((room) => fieldsOf(room).get('room_id'));
  }
}

/** The events about one object that a caller got, in a few words each. */
export function toldOf({ events }: FakeCaller, objectId: string): string[] {
  return events.filter(({ obj_id }) => obj_id === objectId).map(({ type, body }) => inWords(type, body));
}

/** All events that a caller got, each after a short name for what it is about. */
export function storyOf({ events }: FakeCaller, names: Readonly<Record<string, string>>): string[] {
  return events.map(({ obj_id, type, body }) => `${names[obj_id] ?? obj_id} ${inWords(type, body)}`);
}

function inRoom(reply: Reply): InRoom {
  const { session_id, room_id, room } = dataOf(reply);
  assert.equal(room, room_id);
  return { session_id: String(session_id), room_id: String(room_id) };
}

function inWords(type: string, body: object): string {
  const name: unknown = Reflect.get(body, 'name');
  const role: unknown = Reflect.get(body, 'role');
  return [type, name, role].filter((word) => typeof word === 'string').join(' ');
}
