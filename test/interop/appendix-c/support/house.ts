import { Scope } from '#services/kernel';
import { BrokerProcess } from '../../support/broker-process.ts';
import { freePort } from '../../support/free-port.ts';
import { JanusServer, loopbackJanus } from '../../support/janus-server.ts';
import { NatsCaller } from '../../support/nats-caller.ts';
import type { Caller } from './caller.ts';
import { address, interfaceName, isInNamespace } from './enter-namespace.ts';
import { WebSocketCaller } from './web-socket-caller.ts';

/** What carries the media. */
export const engineKinds = ['embedded', 'janus'] as const;
export type EngineKind = (typeof engineKinds)[number];

/** How commands arrive. */
export const transportKinds = ['NATS', 'WebSocket'] as const;
export type TransportKind = (typeof transportKinds)[number];

/** Where the broker's media are, and our own plain RTP. */
export const mediaAddress = isInNamespace() ? address : '127.0.0.1';

const apisecret = 'of-appendix-c';

/** A broker with one engine, and a caller on each transport. */
export class House implements AsyncDisposable {
  readonly callers: Readonly<Record<TransportKind, Caller>>;
  readonly #scope: Scope;

  private constructor(callers: Readonly<Record<TransportKind, Caller>>, scope: Scope) {
    this.callers = callers;
    this.#scope = scope;
  }

  /** Starts a broker whose only engine is the embedded core, or Debian's Janus, started with it. */
  static async open(engine: EngineKind): Promise<House> {
    const scope = new Scope();
    try {
      const engines = engine === 'embedded' ? {} : { BIFRONS_ENGINES: await startJanus(scope) };
      const settings = {
        ...engines,
        BIFRONS_MEDIA_ADDRESS: mediaAddress,
      };
      const { ports } = scope.own(await BrokerProcess.start(settings));
      const callers = {
        NATS: scope.own(await NatsCaller.connect(ports['nats'] ?? 0)),
        WebSocket: scope.own(await WebSocketCaller.connect(ports['commands'] ?? 0)),
      };
      return new House(callers, scope);
    } catch (cause) {
      await scope[Symbol.asyncDispose]();
      throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

async function startJanus(scope: Scope): Promise<string> {
  const settings = loopbackJanus(await freePort(), { address, interfaceName, apiSecret: apisecret });
  const { url } = scope.own(await JanusServer.start(settings));
  return JSON.stringify([{ kind: 'janus', url, apisecret }]);
}
