import { freeId } from '#janus/gateway';
import type { Random } from '#services/kernel';
import { refusal } from '../refusals.ts';
import { Room } from './room.ts';

/** Rooms of one engine at once. */
export const mostRooms = 10_000;

/** All rooms of one engine. */
export class Rooms {
  readonly #random: Random;
  readonly #rooms = new Map<number, Room>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#rooms.size;
  }

  [Symbol.iterator](): Iterator<Room> {
    return this.#rooms.values();
  }

  has(id: number): boolean {
    return this.#rooms.has(id);
  }

  /** Throws PluginError 426. */
  find(id: number): Room {
    const room = this.#rooms.get(id);
    if (room === undefined) throw refusal('noSuchRoom', `No such room (${id})`);
    return room;
  }

  /** The id for a new room: the one that is wished, or a free one. Throws PluginError 427 or 499. */
  reserve(wish: number | undefined): number {
    if (this.#rooms.size >= mostRooms) throw refusal('unknown', `There are ${mostRooms} rooms already`);
    const id = wish === undefined || wish === 0 ? freeId(this.#random, (one) => this.has(one)) : wish;
    if (this.#rooms.has(id)) throw refusal('roomExists', `Room ${id} already exists`);
    return id;
  }

  add(room: Room): void {
    this.#rooms.set(room.id, room);
  }

  /** Ends a room for everyone in it. */
  end(room: Room): void {
    if (this.#rooms.get(room.id) === room) this.#rooms.delete(room.id);
    room.end();
  }

  /** A free id for a participant of `room`. */
  memberId(room: Room): number {
    return freeId(this.#random, (id) => room.members.has(id));
  }

  /** Never 0; of 32 bits, as in Janus. */
  privateId(): number {
    return this.#random.uint32() || 1;
  }
}
