import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engines, RemoteEngine } from '#janus/adapter';
import { createLog } from '#services/kernel';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

/** A remote engine whose connections a test makes and loses. */
class Run implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly engines = new Engines();
  readonly made: FakeJanusConnection[] = [];
  /** Lines of the log from warnings on. */
  readonly warnings: string[] = [];
  isReachable = true;
  readonly #remote = new RemoteEngine('far', {
    clock: this.clock,
    random: new SeededRandom(),
    log: createLog('warn', {}, { write: (line) => void this.warnings.push(line) }),
    engines: this.engines,
    node: 'here',
    connect: () => this.#connect(),
  });

  get health(): string | undefined {
    return this.engines.list()[0]?.health;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote[Symbol.asyncDispose]();
    await this.engines[Symbol.asyncDispose]();
  }

  #connect(): FakeJanusConnection {
    const connection = new FakeJanusConnection();
    if (!this.isReachable) connection.lose();
    this.made.push(connection);
    return connection;
  }
}

test('a remote engine takes legs once it has said who it is', async () => {
  await using run = new Run();

  await settle();

  assert.equal(run.health, 'up');
  assert.equal(run.made.length, 1);
});

test('a lost engine is down at once, and up again within 2 s of its return', async () => {
  await using run = new Run();
  await settle();

  run.made[0]?.lose();
  await settle();
  const after = run.health;
  await run.clock.run(2000);
  await settle();

  assert.equal(after, 'down');
  assert.equal(run.health, 'up');
});

test('an engine that cannot be reached is tried ever more rarely, but at least every 38 s', async () => {
  await using run = new Run();
  await settle();
  run.isReachable = false;

  run.made[0]?.lose();
  await run.clock.run(60_000);
  const inFirstMinute = run.made.length - 1;
  await run.clock.run(380_000);
  const later = run.made.length - 1 - inFirstMinute;

  assert.ok(inFirstMinute >= 5 && inFirstMinute <= 6, `${inFirstMinute}`);
  assert.ok(later >= 10 && later <= 13, `${later}`);
});

test('an engine that cannot be reached is warned of once each time', async () => {
  await using run = new Run();
  const counts: number[] = [];

  for (const round of [1, 2]) {
    run.isReachable = true;
    await run.clock.run(40_000);
    run.isReachable = false;
    run.made.at(-1)?.lose();
    await run.clock.run(60_000 * round);
    counts.push(run.warnings.filter((line) => line.includes('"msg":"an engine cannot be reached"')).length);
  }

  assert.deepEqual(counts, [1, 2]);
  assert.match(run.warnings.at(-1) ?? '', /"engine":"far"/);
});

test('disposing ends the connection and leaves no timer, also while it waits', async () => {
  const run = new Run();
  await settle();
  run.isReachable = false;
  run.made[0]?.lose();
  await settle();

  await run[Symbol.asyncDispose]();

  assert.equal(run.clock.pending, 0);
  assert.ok(run.made.every(({ lost }) => lost.aborted));
});
