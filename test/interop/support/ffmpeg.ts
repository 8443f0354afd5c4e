import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** One run of Debian's ffmpeg; it ends by itself, or with the test. */
export class Ffmpeg implements AsyncDisposable {
  /** What it said, for a test that fails. */
  log = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(...options: readonly string[]) {
    const all = ['-hide_banner', '-nostdin', '-y', ...options];
    this.#process = spawn('ffmpeg', all, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#ended = once(this.#process, 'close');
    this.#process.stderr?.on('data', (bytes) => (this.log += String(bytes)));
  }

  /** Pictures that it took so far. */
  get frames(): number {
    return Number([...this.log.matchAll(/frame= *(\d+)/g)].at(-1)?.[1] ?? 0);
  }

  /** Settles when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Ends it as a user does: what it has begun it finishes. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
    await this.#ended;
  }
}
