import { Scope } from '#services/kernel';
import { fieldsOf } from '../../support/fields.ts';
import { natsServerProgram, startNatsServer } from '../../support/nats-server.ts';
import { startBroker, type BrokerSettings } from '../servers/broker.ts';
import { BareNats } from './bare-nats.ts';
import { BareWebSocket } from './bare-web-socket.ts';
import { nothingToFinish, type Door, type Finish } from './door.ts';
import { echoOffer } from './echo-offer.ts';

/** Sends one request of the broker, whose `tid` is `number`, and gives its reply. */
type Ask = (content: string, number: number) => Promise<string>;

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
    // On the core of the broker, whose messages it carries: the load never sleeps, and leaves its own to nobody.
    const onCore = ['taskset', '-c', String(settings.core)];
    const nats = way === 'NATS, nats-server' ? scope.own(await startNatsServer(onCore)) : undefined;
    const broker = scope.own(await startBroker({ ...settings, natsUrl: nats?.url }));
    const { nats: bus = 0, commands = 0 } = broker.ports;
    const ask =
      way === 'WebSocket' ? await overWebSocket(scope, commands) : await overNats(scope, nats?.port ?? bus);
    if (broker.pid === undefined) throw new Error('the broker has no process');
    return new BrokerDoor(`bifrons ${way}`, broker.pid, ask, scope);
  } catch (cause) {
    await scope[Symbol.asyncDispose]();
    throw cause;
  }
}

async function overWebSocket(scope: Scope, port: number): Promise<Ask> {
  const socket = scope.own(await BareWebSocket.open(`ws://127.0.0.1:${port}/`));
  const login = { class: 'core', subclass: 'user', cmd: 'login', tid: 0, data: { user: 'load' } };
  await socket.request(JSON.stringify(login), 0);
  return (content, number) => socket.request(content, number);
}

async function overNats(scope: Scope, port: number): Promise<Ask> {
  const nats = scope.own(await BareNats.open('127.0.0.1', port));
  return (content, number) => nats.request('media.cmd', content, number);
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

  /** Its reply is not parsed: it would take the load as long as the broker takes for all of it. */
  async #getInfo(): Promise<Finish> {
    await this.#command('get_info', { session_id: this.#known });
    return nothingToFinish;
  }

  async #echo(): Promise<Finish> {
    return (await this.#create()).finish;
  }

  async #create(): Promise<{ readonly session: unknown; readonly finish: Finish }> {
    const offer = { sdp: echoOffer };
    const reply: unknown = JSON.parse(
      await this.#command('create', { type: 'echo', wait_reply: true, offer }),
    );
    const created = fieldsOf(fieldsOf(reply).get('data'));
    const session = created.get('session_id');
    if (!created.has('answer')) throw new Error(`${this.name} gave no answer`);
    const finish = async (): Promise<void> => {
      await this.#command('destroy', { session_id: session });
    };
    return { session, finish };
  }

  async #command(cmd: string, data: object): Promise<string> {
    this.#asked += 1;
    const request = { class: 'media', subclass: 'session', cmd, tid: this.#asked, data };
    const reply = await this.#ask(JSON.stringify(request), this.#asked);
    if (!reply.startsWith('{"result":"ok"')) throw new Error(`${this.name}: ${reply}`);
    return reply;
  }
}
