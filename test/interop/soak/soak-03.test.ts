import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sizesOf } from '../../support/sizes.ts';
import { report, rounded } from '../hostile/figures.ts';
import { ProbedBroker } from '../hostile/probed-broker.ts';
import { eventually } from '../support/eventually.ts';

const { vanishing } = sizesOf(process.env);

const mostMs = 70_000;

/** What is sent to nobody is freed a little later than its session. */
const releasingMs = 30_000;

const script = fileURLToPath(import.meta.resolve('./vanishing-clients.js'));

/** Clients of that broker in a process of their own; disposing ends it by its id. */
class Clients implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Returns once all of them have what they came for. */
  static async start({ broker }: ProbedBroker, count: number): Promise<Clients> {
    const { nats = 0, commands = 0 } = broker.ports;
    const env = { COUNT: `${count}`, NATS_PORT: `${nats}`, COMMAND_PORT: `${commands}` };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const clients = new Clients(child);
    const exited = once(child, 'exit').then(() => {
      throw new Error('the clients ended too early');
    });
    await Promise.race([once(child.stdout, 'data'), exited]);
    exited.catch(() => undefined);
    return clients;
  }

  /** All at once, with no word on any connection: the process is stopped, its sockets stay open. */
  vanish(): void {
    this.#process.kill('SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

test(`SOAK-03 the sessions of ${vanishing} clients that vanish without goodbye are gone within 70 s`, async (t) => {
  await using broker = await ProbedBroker.start();
  const before = await broker.holdings();
  await using clients = await Clients.start(broker, vanishing);
  const sessions = await broker.sessions();

  clients.vanish();
  const vanishedAt = performance.now();
  await eventually('their sessions are gone', mostMs, async () => (await broker.sessions()) === 0);
  const took = performance.now() - vanishedAt;

  await eventually('nothing of them is left', releasingMs, async () => {
    assert.deepEqual(await broker.alive(), {});
    assert.ok((await broker.holdings()).files <= before.files + 2);
    return true;
  });
  broker.assertSound();
  report(t, 'SOAK-03', { clients: vanishing, sessions, gone_after_seconds: rounded(took / 1000) });
  assert.ok(sessions > vanishing / 2, `${sessions} sessions before they vanished`);
});
