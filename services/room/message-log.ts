import type { RoomMessage } from '#schemas';
import type { Sender } from './messages.ts';

/** Bounds of what a room keeps of its messages. */
export interface MessageLogLimits {
  /** Messages; 1000 by default. */
  readonly mostMessages?: number;
  /** Characters of JSON of all of them; by default as many as fit into one reply over NATS, whatever they are. */
  readonly mostCharacters?: number;
}

const defaultMostMessages = 1000;

/** A reply has 1 MiB at most, and a character takes up to 3 bytes of UTF-8. */
const defaultMostCharacters = 262_144;

/** The last messages of a room. The oldest are dropped when there are too many; numbers go on. */
export class MessageLog {
  readonly #mostMessages: number;
  readonly #mostCharacters: number;
  readonly #kept: { readonly message: RoomMessage; readonly characters: number }[] = [];
  #characters = 0;
  #lastId = 0;

  constructor({ mostMessages, mostCharacters }: MessageLogLimits = {}) {
    this.#mostMessages = mostMessages ?? defaultMostMessages;
    this.#mostCharacters = mostCharacters ?? defaultMostCharacters;
  }

  /** Keeps a message, with the words of the server over those of its sender. */
  add(content: object, sender: Sender): RoomMessage {
    this.#lastId += 1;
    const message: RoomMessage = { ...content, ...sender, msg_id: this.#lastId };
    const characters = JSON.stringify(message).length;
    this.#kept.push({ message, characters });
    this.#characters += characters;
    while (this.#kept.length > this.#mostMessages || this.#characters > this.#mostCharacters) {
      this.#characters -= this.#kept.shift()?.characters ?? 0;
    }
    return message;
  }

  /** Oldest first. */
  get messages(): readonly RoomMessage[] {
    return this.#kept.map(({ message }) => message);
  }
}
