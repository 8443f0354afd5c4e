import { Gateway, type GatewayCounts, type GatewayDoor, type GatewaySettings } from '#janus/gateway';
import { MediaRouter, type PeerConnectionFactory, type PlainRtpFactory } from '#janus/media';
import { EchoTest, NoSip, Videocall, VideoRoom } from '#janus/plugins';
import type { GatewayEvent } from '#janus/protocol';
import type { Clock, EventSink, Log, Random } from '#services/kernel';

/** What one engine is made of. Sockets and files belong to whoever gives them, and outlive the engine. */
export interface EngineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly peerConnections: PeerConnectionFactory;
  /** Without it there is no `janus.plugin.nosip`. */
  readonly plainRtp?: PlainRtpFactory;
  /** Hears everything that event handlers may want. Must return at once. */
  readonly onEvent?: EventSink<GatewayEvent>;
}

/** What is alive in an engine; all zero when nobody uses it. */
export interface EngineCounts extends GatewayCounts {
  /** Streams that come in, and those that wait for one. */
  readonly streams: number;
}

/** One Janus in this process: the gateway, its plugins and their media. Disposing ends all its sessions. */
export class Engine implements AsyncDisposable {
  /** Names it among the engines of this node, in logs and on pages. */
  readonly id: string;
  readonly #gateway: Gateway;
  readonly #router: MediaRouter;

  constructor(id: string, parts: EngineParts, settings: Partial<GatewaySettings> = {}) {
    this.id = id;
    this.#router = new MediaRouter(parts.clock);
    const { clock, random, plainRtp } = parts;
    const router = this.#router;
    const plugins = [
      new EchoTest(router),
      new Videocall(router),
      new VideoRoom({ clock, random, router }),
      ...(plainRtp === undefined ? [] : [new NoSip({ router, plainRtp, random })]),
    ];
    const log = parts.log.child({ engine: id });
    this.#gateway = new Gateway({ ...parts, log, plugins }, { serverName: id, ...settings });
  }

  /** Where clients of the Janus API enter. */
  get door(): GatewayDoor {
    return this.#gateway;
  }

  get counts(): EngineCounts {
    return { ...this.#gateway.counts, streams: this.#router.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway[Symbol.asyncDispose]();
  }
}
