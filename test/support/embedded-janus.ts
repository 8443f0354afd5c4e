import assert from 'node:assert/strict';
import { Engines, JanusBackend } from '#janus/adapter';
import { localConnection, type JanusConnection } from '#janus/client';
import type { GatewayDoor } from '#janus/gateway';
import { createLog } from '#services/kernel';
import { Engine } from '../../backend-janus/engine.ts';
import { FakeClock } from './fake-clock.ts';
import { FakePeerConnectionFactory } from './fake-peer-connection.ts';
import { FakePlainRtpFactory } from './fake-plain-rtp.ts';
import { SeededRandom } from './seeded-random.ts';

/** A backend on one engine in this process, with the connections of fake peers; nothing in it is scripted but those. */
export class EmbeddedJanus implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly log = createLog('silent', {});
  readonly peers = new FakePeerConnectionFactory(this.clock);
  readonly plainRtp = new FakePlainRtpFactory(this.clock);
  readonly engine = new Engine('one', {
    clock: this.clock,
    random: new SeededRandom(),
    log: this.log,
    peerConnections: this.peers,
    plainRtp: this.plainRtp,
  });
  readonly engines = new Engines();
  readonly backend = new JanusBackend({
    node: 'here',
    clock: this.clock,
    random: new SeededRandom(),
    engines: this.engines,
    log: this.log,
  });
  /** Everything that the two sides said to each other. */
  readonly said: unknown[] = [];
  readonly connection: JanusConnection = localConnection(this.#overheardDoor(), {
    clock: this.clock,
    fault: assert.ifError,
  });
  #isMute = false;

  static async start(): Promise<EmbeddedJanus> {
    const janus = new EmbeddedJanus();
    await janus.engines.add(janus.engine.id, janus.connection);
    return janus;
  }

  /** What is alive in the engine, and timers; all zero when nothing is left. */
  get remains(): typeof nothing {
    const { legs, rooms } = this.backend;
    const ports = this.plainRtp.size;
    return { ...this.engine.counts, legs, rooms, ports, timers: this.clock.pending };
  }

  /** From here on nothing that the engine is told reaches it. */
  mute(): void {
    this.#isMute = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
    await this.engines[Symbol.asyncDispose]();
    await this.engine[Symbol.asyncDispose]();
  }

  #overheardDoor(): GatewayDoor {
    return {
      connect: (deliver) => {
        const instance = this.engine.door.connect((message) => {
          this.said.push(message);
          deliver(message);
        });
        return {
          receive: (message) => {
            this.said.push(message);
            if (!this.#isMute) instance.receive(message);
          },
          [Symbol.dispose]: () => instance[Symbol.dispose](),
        };
      },
    };
  }
}

/** What `EmbeddedJanus.remains` is when nothing is left. */
export const nothing = {
  sessions: 0,
  handles: 0,
  peerConnections: 0,
  streams: 0,
  legs: 0,
  rooms: 0,
  ports: 0,
  timers: 0,
};
