import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fieldsOf } from '../../support/fields.ts';
import type { Contestant, Invitation } from './contestant.ts';
import { endProcess, pidOf } from '../../interop/support/process.ts';

const program = fileURLToPath(import.meta.resolve('./bifrons-process.js'));

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: Error) => void;
}

/** Ours, in a process of its own. */
export class BifronsContestant implements Contestant {
  readonly name = 'bifrons';
  readonly address: string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #subscribers = 0;

  private constructor(child: ChildProcess, address: string) {
    this.#process = child;
    this.pid = pidOf(child);
    this.address = address;
    child.on('message', (message) => this.#take(message));
    child.once('exit', () => this.#fail(new Error('the server ended')));
  }

  /** Starts the server on one core; `flags` are further ones of Node. */
  static async start(address: string, core: number, flags: readonly string[]): Promise<BifronsContestant> {
    const command = ['-c', String(core), process.execPath, '--expose-gc', ...flags, program, address];
    const child = spawn('taskset', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'spawn');
    const contestant = new BifronsContestant(child, address);
    const ready = new Promise((resolve, reject) => contestant.#waiting.set(0, { resolve, reject }));
    await ready;
    return contestant;
  }

  async publish(sdp: string): Promise<string> {
    return String(await this.#request('publish', { sdp }));
  }

  async invite(): Promise<Invitation> {
    this.#subscribers += 1;
    const subject = `subscriber-${this.#subscribers}`;
    const offer = String(await this.#request('invite', { subject }));
    return {
      offer,
      accept: (sdp) => this.#order('accept', { subject, sdp }),
      leave: () => this.#order('leave', { subject }),
    };
  }

  async collect(): Promise<void> {
    await this.#order('collect', {});
  }

  async loopDelay(): Promise<number> {
    return Number(await this.#request('loop-delay', {}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await endProcess(this.#process, true);
  }

  async #order(command: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await this.#request(command, fields);
  }

  #request(command: string, fields: Readonly<Record<string, string>>): Promise<unknown> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, command, ...fields });
    });
  }

  #take(message: unknown): void {
    const fields = fieldsOf(message);
    const id = Number(fields.get('id'));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const error = fields.get('error');
    if (typeof error === 'string') waiting?.reject(new Error(error));
    else waiting?.resolve(fields.get('result'));
  }

  #fail(cause: Error): void {
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
