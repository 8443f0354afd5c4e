import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fieldsOf, textOf } from './nats-caller.ts';

const script = fileURLToPath(import.meta.resolve('./peer-process-main.js'));

/** A peer on the stack of `@roamhq/wrtc` in a process of its own, which can be killed. Disposing kills it, by its id. */
export class PeerProcess implements AsyncDisposable {
  /** All of the peer's offer, candidates included. */
  readonly offer: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, offer: string) {
    this.#process = process;
    this.offer = offer;
  }

  static async start(): Promise<PeerProcess> {
    const child = fork(script);
    const said = await once(child, 'message');
    return new PeerProcess(child, textOf(fieldsOf(said[0]), 'offer'));
  }

  /** Sends media from then on, once it is connected. */
  accept(answer: string): void {
    this.#process.send({ answer });
  }

  /** Resolves when it is no more. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
