import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlight } from '../../../services/transport/in-flight.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function start(): { inFlight: InFlight; failures: unknown[]; clock: FakeClock } {
  const failures: unknown[] = [];
  return { inFlight: new InFlight(2, (cause) => failures.push(cause)), failures, clock: new FakeClock() };
}

/** Work that ends when its signal aborts. */
function patient({ signal }: AbortController): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

test('no more than the capacity is taken, and an end makes room', async () => {
  const { inFlight } = start();
  let finish: () => void = () => undefined;
  const short = (): Promise<void> => new Promise((resolve) => (finish = resolve));

  assert.equal(inFlight.start(short), true);
  assert.equal(inFlight.start(patient), true);
  assert.equal(inFlight.start(patient), false);
  finish();
  await settle();

  assert.equal(inFlight.start(patient), true);
});

test('draining waits for the last one and leaves no timer', async () => {
  const { inFlight, clock } = start();
  let finish: () => void = () => undefined;
  inFlight.start(() => new Promise((resolve) => (finish = resolve)));
  let isDrained = false;
  void inFlight.drain(clock, 1000).then(() => (isDrained = true));

  await clock.run(999);
  assert.equal(isDrained, false);
  finish();
  await settle();

  assert.equal(isDrained, true);
  assert.equal(clock.pending, 0);
});

test('what is not done in time is aborted as draining', async () => {
  const { inFlight, clock } = start();
  const reasons: unknown[] = [];
  inFlight.start(async (controller) => {
    await patient(controller);
    reasons.push(controller.signal.reason);
  });
  const drained = inFlight.drain(clock, 1000);

  await clock.run(1000);
  await drained;

  assert.equal(String(reasons[0]), 'MediaError: Draining');
  assert.equal(inFlight.size, 0);
});

test('what does not even end when aborted does not hold up the end', async () => {
  const { inFlight, clock } = start();
  inFlight.start(() => new Promise(() => undefined));
  const drained = inFlight.drain(clock, 1000);

  await clock.run(2000);

  await drained;
  assert.equal(clock.pending, 0);
});

test('work that throws is reported and forgotten', async () => {
  const { inFlight, failures, clock } = start();
  inFlight.start(() => Promise.reject(new TypeError('a bug')));

  await inFlight.drain(clock, 1000);

  assert.equal(String(failures[0]), 'TypeError: a bug');
});
