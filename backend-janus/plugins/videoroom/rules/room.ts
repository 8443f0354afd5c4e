import type { JanusMessages } from '#schemas';
import { refusal } from '../refusals.ts';
import type { Feed } from './feed.ts';
import { editedOptions, roomEntry, type RoomOptions } from './room-options.ts';

/** Participants of one room, publishing or not. */
const mostMembers = 10_000;

/** Handles that may get streams of one room. */
const mostSubscribers = 10_000;

/** Tokens that a room keeps. */
const mostTokens = 10_000;

/** Someone in a room: a participant, who may publish, or a subscriber. */
export interface Occupant {
  /** Tells the client. */
  tell(data: object): void;
  /** The room is no more; whoever is in it leaves without another word to the others. */
  roomEnded(): void;
}

/** A participant. */
export interface Member extends Occupant {
  readonly id: number;
  /** Known to the participant alone; it proves that a subscriber belongs to it. */
  readonly privateId: number;
  readonly display: string | undefined;
  /** What it publishes, once that was negotiated. */
  readonly feed: Feed | undefined;
  /** It is being removed: it may say nothing more. */
  kicked(): void;
}

/** One room: who is in it, who may enter, and who may publish. */
export class Room {
  readonly id: number;
  readonly #members = new Map<number, Member>();
  readonly #subscribers = new Set<Occupant>();
  readonly #publishing = new Set<number>();
  readonly #tokens: Set<string>;
  #options: RoomOptions;
  #checksTokens: boolean;
  #hasEnded = false;

  /** `tokens`: who may enter, if that is limited. */
  constructor(id: number, options: RoomOptions, tokens: readonly string[] | undefined) {
    this.id = id;
    this.#options = options;
    this.#tokens = new Set(tokens);
    this.#checksTokens = tokens !== undefined;
  }

  get options(): RoomOptions {
    return this.#options;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get members(): ReadonlyMap<number, Member> {
    return this.#members;
  }

  /** As `list` shows it. */
  get entry(): object {
    return roomEntry(this.id, this.#options, this.#members.size);
  }

  edit(wish: JanusMessages['videoroom.edit']): void {
    this.#options = editedOptions(this.#options, wish);
  }

  /** Takes a participant in. Throws PluginError 436 if another has its id, 433 if the room is full. */
  enter(member: Member): void {
    if (this.#members.has(member.id)) throw refusal('idExists', `User ID ${member.id} already exists`);
    if (this.#members.size >= mostMembers) throw refusal('unauthorized', 'Unauthorized (the room is full)');
    this.#members.set(member.id, member);
  }

  /** Forgets a participant, or a subscriber. */
  leave(one: Member | Occupant): void {
    this.#subscribers.delete(one);
    for (const [id, member] of this.#members) {
      if (member !== one) continue;
      this.#members.delete(id);
      this.#publishing.delete(id);
    }
  }

  /** Takes a subscriber in. Throws PluginError 433 if there are too many. */
  admit(subscriber: Occupant): void {
    if (this.#subscribers.size >= mostSubscribers)
      throw refusal('unauthorized', 'Unauthorized (the room has too many subscribers)');
    this.#subscribers.add(subscriber);
  }

  /** Lets a participant publish, unless as many do as may. Throws PluginError 432. */
  beginPublishing({ id }: Member): void {
    const { publishers } = this.#options;
    if (!this.#publishing.has(id) && this.#publishing.size >= publishers)
      throw refusal('publishersFull', `Maximum number of publishers (${publishers}) already reached`);
    this.#publishing.add(id);
  }

  endPublishing({ id }: Member): void {
    this.#publishing.delete(id);
  }

  /** The limit of what a publisher sends that wants `wish`, in bit/s; 0 is none. */
  bitrateFor(wish: number | undefined): number {
    const { bitrate, bitrate_cap } = this.#options;
    if (wish === undefined) return bitrate;
    const isAbove = bitrate_cap && bitrate > 0 && (wish === 0 || wish > bitrate);
    return isAbove ? bitrate : wish;
  }

  /** Throws PluginError 433 if the room has a list of tokens without this one. */
  checkToken(token: string | undefined): void {
    if (this.#checksTokens && (token === undefined || !this.#tokens.has(token)))
      throw refusal('unauthorized', 'Unauthorized (not in the allowed list)');
  }

  /** Throws PluginError 433 if subscribers must belong to a participant, and this one does not. */
  checkPrivateId(privateId: number | undefined): void {
    if (!this.#options.require_pvtid) return;
    const isKnown = [...this.#members.values()].some((member) => member.privateId === privateId);
    if (!isKnown) throw refusal('unauthorized', 'Unauthorized (this room requires a valid private_id)');
  }

  /** Changes who may enter; gives the tokens, or undefined while they do not count. Throws PluginError 430. */
  allow(action: string, tokens: readonly string[]): readonly string[] | undefined {
    switch (action.toLowerCase()) {
      case 'enable':
        this.#checksTokens = true;
        break;
      case 'disable':
        this.#checksTokens = false;
        return undefined;
      case 'add':
        this.#addTokens(tokens);
        break;
      case 'remove':
        for (const token of tokens) this.#tokens.delete(token);
        break;
      default:
        throw refusal('invalidElement', `Unsupported action '${action}' (allowed)`);
    }
    return [...this.#tokens].reverse();
  }

  tellMembers(data: object, except?: Member): void {
    for (const member of [...this.#members.values()]) if (member !== except) member.tell(data);
  }

  /** Ends it for everyone in it. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const all = [...this.#members.values(), ...this.#subscribers];
    this.#members.clear();
    this.#subscribers.clear();
    this.#publishing.clear();
    for (const one of all) one.tell({ videoroom: 'destroyed', room: this.id });
    for (const one of all) one.roomEnded();
  }

  #addTokens(tokens: readonly string[]): void {
    const added = tokens.filter((token) => !this.#tokens.has(token));
    if (this.#tokens.size + added.length > mostTokens)
      throw refusal('invalidElement', `Invalid value (allowed should be no longer than ${mostTokens})`);
    for (const token of added) this.#tokens.add(token);
  }
}
