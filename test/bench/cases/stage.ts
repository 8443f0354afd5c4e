import { setTimeout as delay } from 'node:timers/promises';
import { Publisher } from '../load/publisher.ts';
import type { StreamShape } from '../load/stream.ts';
import { Subscriber } from '../load/subscriber.ts';
import type { Contestant } from '../servers/contestant.ts';

/** The SRTP profile that every leg must have. */
export const requiredProfile = 'AEAD_AES_128_GCM';

/** Connections that are set up at one time; with more, handshakes wait for each other until they are repeated. */
const abreast = 4;

/** With the publisher silent: nothing more arrives when nothing has for so long. */
const drainMs = 400;

/** For what waits in buffers, where a core is shared with others. */
const mostDrainMs = 5000;

/** Set-ups that may fail before a server is given up. */
const mostFailures = 50;

/** One server with its publisher and subscribers. Disposing ends them all, the server too. */
export class Stage implements AsyncDisposable {
  readonly server: Contestant;
  readonly publisher: Publisher;
  readonly subscribers: Subscriber[] = [];
  /** Set-ups that failed and were tried again. */
  failures = 0;

  private constructor(server: Contestant, publisher: Publisher) {
    this.server = server;
    this.publisher = publisher;
  }

  /** Takes over the server and connects a publisher, which sends nothing yet. */
  static async open(server: Contestant, shape: StreamShape): Promise<Stage> {
    try {
      const publisher = await Publisher.open(server, shape);
      requireProfile(server, publisher.profile);
      return new Stage(server, publisher);
    } catch (cause) {
      await server[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** Adds subscribers until there are `count`; one that cannot connect is tried again. */
  async growTo(count: number): Promise<void> {
    while (this.subscribers.length < count) {
      const missing = Math.min(abreast, count - this.subscribers.length);
      await Promise.all(Array.from({ length: missing }, () => this.#add()));
    }
  }

  /** Packets that all subscribers have counted. */
  get received(): number {
    return this.subscribers.reduce((sum, { packets }) => sum + packets, 0);
  }

  /** Waits until the last packets have arrived. */
  async drain(): Promise<void> {
    const deadline = performance.now() + mostDrainMs;
    for (let before = -1; this.received !== before && performance.now() < deadline;) {
      before = this.received;
      await delay(drainMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher[Symbol.asyncDispose]();
    await Promise.all(this.subscribers.map((subscriber) => subscriber[Symbol.asyncDispose]()));
    await this.server[Symbol.asyncDispose]();
  }

  /** Connects one subscriber, with as many attempts as it takes. */
  async #add(): Promise<void> {
    try {
      const subscriber = await Subscriber.open(this.server);
      this.subscribers.push(subscriber);
      requireProfile(this.server, subscriber.profile);
    } catch (cause) {
      this.failures += 1;
      if (this.failures > mostFailures) throw new Error(`${this.server.name} refuses subscribers`, { cause });
    }
  }
}

function requireProfile(server: Contestant, profile: string): void {
  if (profile !== requiredProfile) throw new Error(`${server.name} agreed on ${profile}`);
}
