import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { Scope } from '#services/kernel';
import { BrokerProcess } from '../support/broker-process.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';

/** How long the event loop was busy with one thing, in milliseconds. */
export interface Stall {
  /** Without what the machine made it wait for a processor. */
  readonly longestMs: number;
  readonly longestWithWaitingMs: number;
}

/** What the process holds after a full collection. */
export interface Holdings {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Open descriptors. */
  readonly files: number;
  /** What keeps the event loop, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}

/** A session that was created, and its answer. */
export interface Created {
  readonly sessionId: string;
  readonly answer: string;
}

/** A broker in a process of its own that also tells how it fares, and a caller of it. */
export class ProbedBroker implements AsyncDisposable {
  readonly broker: BrokerProcess;
  readonly caller: NatsCaller;
  readonly #scope: Scope;
  readonly #socket: Socket;
  readonly #lines: Interface;

  private constructor(scope: Scope, broker: BrokerProcess, caller: NatsCaller, socket: Socket) {
    this.#scope = scope;
    this.broker = broker;
    this.caller = caller;
    this.#socket = socket;
    this.#lines = createInterface(socket);
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<ProbedBroker> {
    const scope = new Scope();
    const folder = await mkdtemp(join(tmpdir(), 'bifrons-probe-'));
    scope.defer(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'probe');
    const probe = import.meta.resolve('./probe.js');
    const environment = { NODE_OPTIONS: `--import ${probe}`, PROBE_SOCKET: path, BIFRONS_LOG_LEVEL: 'warn' };
    const broker = scope.own(await BrokerProcess.start({ ...environment, ...settings }));
    const socket = connect(path);
    scope.defer(() => void socket.destroy());
    await once(socket, 'connect');
    const caller = scope.own(await NatsCaller.connect(broker.ports['nats'] ?? 0));
    return new ProbedBroker(scope, broker, caller, socket);
  }

  /** The longest stall since this was asked the last time. */
  async stall(): Promise<Stall> {
    const answer = await this.#ask('stall');
    return {
      longestMs: numberOf(answer, 'longestMs'),
      longestWithWaitingMs: numberOf(answer, 'longestWithWaitingMs'),
    };
  }

  /** Forces a full collection first. */
  async holdings(): Promise<Holdings> {
    const answer = await this.#ask('memory');
    const { pid } = this.broker;
    return {
      rss: numberOf(answer, 'rss'),
      heapUsed: numberOf(answer, 'heapUsed'),
      external: numberOf(answer, 'external'),
      files: (await readdir(`/proc/${pid ?? 'self'}/fd`)).length,
      handles: countsOf(fieldsOf(answer['handles'])),
    };
  }

  /** Objects that a session is made of and that are still reachable, by kind; without those of which there are none. */
  async alive(): Promise<Readonly<Record<string, number>>> {
    return countsOf(await this.#ask('alive'));
  }

  /** Resident bytes now, without a collection. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.broker.pid ?? 'self'}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Has the broker echo whoever made the offer. */
  async echo(sdp: string): Promise<Created> {
    const data = { type: 'echo', wait_reply: true, offer: { sdp } };
    const reply = await this.caller.command('session.create', data);
    return { sessionId: textOf(reply, 'session_id'), answer: textOf(fieldsOf(reply['answer']), 'sdp') };
  }

  async destroy(sessionId: string): Promise<void> {
    await this.caller.command('session.destroy', { session_id: sessionId });
  }

  async sessions(): Promise<number> {
    const reply = await this.caller.ask('session.get_list', {});
    assert.ok(Array.isArray(reply['data']));
    return reply['data'].length;
  }

  /** It lives, and has nothing to complain of: no bug was caught, none was missed. */
  assertSound(): void {
    assert.deepEqual(
      this.broker.log.filter(({ level }) => Number(level) >= errorLevel),
      [],
    );
    assert.doesNotThrow(() => process.kill(this.broker.pid ?? 0, 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  async #ask(question: string): Promise<Fields> {
    const answered = new Promise<string>((resolve) => this.#lines.once('line', resolve));
    this.#socket.write(`${question}\n`);
    return fieldsOf(JSON.parse(await answered));
  }
}

/** As pino numbers them. */
const errorLevel = 50;

/** Those that are not zero. */
function countsOf(fields: Fields): Readonly<Record<string, number>> {
  const counts = Object.entries(fields).map(([name, count]): [string, number] => [name, Number(count)]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  assert.ok(typeof value === 'number', name);
  return value;
}
