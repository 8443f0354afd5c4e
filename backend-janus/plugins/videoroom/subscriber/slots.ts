import { refusal } from '../refusals.ts';
import type { FeedStream } from '../rules/feed.ts';
import { DataSlot } from './data-slot.ts';
import { MediaSlot } from './media-slot.ts';
import type { Slot, SlotParts, SlotWish } from './slot.ts';

/** A stream that a subscriber wants, and how. */
export interface Want {
  readonly stream: FeedStream;
  readonly wish: SlotWish;
}

/** M-lines of one subscriber, those included on which nothing flows any more. */
const mostSlots = 64;

/** The m-lines of a subscriber, in order. They are never removed, and taken again by streams of their kind. */
export class Slots implements Disposable {
  readonly #parts: SlotParts;
  #all: readonly Slot[] = [];

  constructor(parts: SlotParts) {
    this.#parts = parts;
  }

  get all(): readonly Slot[] {
    return this.#all;
  }

  /** By its mid. Throws PluginError 428. */
  find(mid: string): Slot {
    const slot = this.#all.find((one) => one.mid === mid);
    if (slot === undefined) throw refusal('noSuchFeed', `No such mid '${mid}' in subscription`);
    return slot;
  }

  /** Adds streams, on m-lines that are free or on new ones; false if all are there. Throws PluginError 430. */
  add(wants: readonly Want[]): boolean {
    const missing = wants.filter(({ stream }, at) => !this.#has(stream) && isFirst(wants, at));
    this.#checkRoom(missing);
    for (const { stream, wish } of missing)
      (this.#all.find((slot) => slot.accepts(stream)) ?? this.#append(stream)).take(stream, wish);
    return missing.length > 0;
  }

  /** Lets go of what `isMeant`; false if there is none. */
  remove(isMeant: (slot: Slot, stream: FeedStream) => boolean): boolean {
    let hasChanged = false;
    for (const slot of this.#all)
      for (const stream of slot.streams) {
        if (!isMeant(slot, stream)) continue;
        slot.drop(stream);
        hasChanged = true;
      }
    return hasChanged;
  }

  describe(): readonly object[] {
    return this.#all.map((slot) => slot.describe());
  }

  [Symbol.dispose](): void {
    for (const slot of this.#all) slot[Symbol.dispose]();
    this.#all = [];
  }

  #append({ type }: FeedStream): Slot {
    const mindex = this.#all.length;
    const slot =
      type === 'data' ? new DataSlot(mindex, this.#parts) : new MediaSlot(mindex, type, this.#parts);
    this.#all = [...this.#all, slot];
    return slot;
  }

  #has(stream: FeedStream): boolean {
    return this.#all.some(({ streams }) => streams.includes(stream));
  }

  #checkRoom(wants: readonly Want[]): void {
    const ofKind = (type: string): number => wants.filter(({ stream }) => stream.type === type).length;
    const free = (type: string): number =>
      this.#all.filter((slot) => slot.type === type && slot.streams.length === 0).length;
    const hasData = this.#all.some(({ type }) => type === 'data');
    const media = ['audio', 'video'].map((type) => Math.max(0, ofKind(type) - free(type)));
    const needed = [...media, !hasData && ofKind('data') > 0 ? 1 : 0].reduce((sum, one) => sum + one, 0);
    if (this.#all.length + needed > mostSlots)
      throw refusal('invalidElement', `Invalid value (streams should be no longer than ${mostSlots})`);
  }
}

function isFirst(wants: readonly Want[], at: number): boolean {
  return wants.findIndex(({ stream }) => stream === wants[at]?.stream) === at;
}
