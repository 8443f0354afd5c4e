import { connect, type NatsConnection } from 'nats';
import { Scope } from '#services/kernel';
import { webSocketClient } from '../../interop/transport/web-socket-client.ts';
import { fieldsOf } from '../../support/fields.ts';
import { natsServerProgram, startNatsServer } from '../../support/nats-server.ts';
import { startBroker, type BrokerSettings } from '../servers/broker.ts';
import { nothingToFinish, type Door, type Finish } from './door.ts';
import { echoOffer } from './echo-offer.ts';

/** Sends one request of the broker as text and gives its whole reply. */
type Ask = (content: string) => Promise<unknown>;

const patienceMs = 10_000;

/** Which transport, and for NATS whose server. */
export type Way = 'WebSocket' | 'NATS, own bus' | 'NATS, nats-server';

/** Those that are possible here. */
export function waysOf(): readonly Way[] {
  const own: readonly Way[] = ['WebSocket', 'NATS, own bus'];
  return natsServerProgram() === undefined ? own : [...own, 'NATS, nats-server'];
}

/** Starts the broker and opens one connection to it. */
export async function openBroker(way: Way, settings: Omit<BrokerSettings, 'natsUrl'>): Promise<Door> {
  const scope = new Scope();
  try {
    const nats = way === 'NATS, nats-server' ? scope.own(await startNatsServer()) : undefined;
    const broker = scope.own(await startBroker({ ...settings, natsUrl: nats?.url }));
    const { nats: bus = 0, commands = 0 } = broker.ports;
    const ask =
      way === 'WebSocket'
        ? await overWebSocket(scope, commands)
        : await overNats(scope, nats?.url ?? `nats://127.0.0.1:${bus}`);
    return new BrokerDoor(`bifrons ${way}`, broker.pid ?? 0, ask, scope);
  } catch (cause) {
    await scope[Symbol.asyncDispose]();
    throw cause;
  }
}

async function overWebSocket(scope: Scope, port: number): Promise<Ask> {
  const client = scope.own(await webSocketClient(`ws://127.0.0.1:${port}/`));
  await client.request(
    JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', data: { user: 'load' } }),
  );
  return (content) => client.request(content);
}

async function overNats(scope: Scope, servers: string): Promise<Ask> {
  const connection: NatsConnection = await connect({ servers });
  scope.defer(() => connection.close());
  return async (content) => (await connection.request('media.cmd', content, { timeout: patienceMs })).json();
}

class BrokerDoor implements Door {
  readonly name: string;
  readonly pid: number;
  readonly operations = { short: () => this.#getInfo(), echo: () => this.#echo() };
  readonly #ask: Ask;
  readonly #scope: Scope;
  #known: unknown;
  #asked = 0;

  constructor(name: string, pid: number, ask: Ask, scope: Scope) {
    this.name = name;
    this.pid = pid;
    this.#ask = ask;
    this.#scope = scope;
  }

  async renew(): Promise<Finish> {
    const { session, finish } = await this.#create();
    this.#known = session;
    return finish;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  async #getInfo(): Promise<Finish> {
    await this.#command('get_info', { session_id: this.#known });
    return nothingToFinish;
  }

  async #echo(): Promise<Finish> {
    return (await this.#create()).finish;
  }

  async #create(): Promise<{ readonly session: unknown; readonly finish: Finish }> {
    const offer = { sdp: echoOffer };
    const created = await this.#command('create', { type: 'echo', wait_reply: true, offer });
    const session = created.get('session_id');
    if (!created.has('answer')) throw new Error(`${this.name} gave no answer`);
    const finish = async (): Promise<void> => {
      await this.#command('destroy', { session_id: session });
    };
    return { session, finish };
  }

  async #command(cmd: string, data: object): Promise<ReadonlyMap<string, unknown>> {
    this.#asked += 1;
    const request = { class: 'media', subclass: 'session', cmd, tid: this.#asked, data };
    const reply = fieldsOf(await this.#ask(JSON.stringify(request)));
    if (reply.get('result') !== 'ok') throw new Error(`${this.name}: ${JSON.stringify(reply.get('data'))}`);
    return fieldsOf(reply.get('data'));
  }
}
