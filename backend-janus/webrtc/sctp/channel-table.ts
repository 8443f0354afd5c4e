import type { ChannelParameters } from './dcep.ts';

/** A channel on a stream of its own. */
export interface Channel extends ChannelParameters {
  readonly stream: number;
  readonly opener: 'peer' | 'us';
  /** The peer knows of it: it opened it, or has answered. */
  isConfirmed: boolean;
}

/** The channels of one association, by stream and by label. */
export class ChannelTable {
  readonly #byStream = new Map<number, Channel>();
  /** What messages of a label go on: of the channels that the peer opened the one that was used last, or else ours. */
  readonly #ways = new Map<string, Channel>();

  get size(): number {
    return this.#byStream.size;
  }

  get streams(): readonly number[] {
    return [...this.#byStream.keys()];
  }

  at(stream: number): Channel | undefined {
    return this.#byStream.get(stream);
  }

  /** Undefined if there is no channel of that label. */
  wayTo(label: string): Channel | undefined {
    return this.#ways.get(label);
  }

  labelled(label: string): readonly Channel[] {
    return [...this.#byStream.values()].filter((channel) => channel.label === label);
  }

  /** How many channels one side has opened. */
  countOf(opener: Channel['opener']): number {
    let count = 0;
    for (const channel of this.#byStream.values()) if (channel.opener === opener) count += 1;
    return count;
  }

  add(channel: Channel): void {
    this.#byStream.set(channel.stream, channel);
    if (channel.opener === 'peer' || !this.#ways.has(channel.label)) this.#ways.set(channel.label, channel);
  }

  /** The peer has spoken on the channel. */
  used(channel: Channel): void {
    if (channel.opener === 'peer') this.#ways.set(channel.label, channel);
  }

  remove({ stream, label }: Channel): void {
    this.#byStream.delete(stream);
    if (this.#ways.get(label)?.stream !== stream) return;
    const others = this.labelled(label);
    const next = others.find(({ opener }) => opener === 'peer') ?? others[0];
    if (next === undefined) this.#ways.delete(label);
    else this.#ways.set(label, next);
  }

  clear(): void {
    this.#byStream.clear();
    this.#ways.clear();
  }
}
