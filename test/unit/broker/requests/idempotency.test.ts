import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Idempotency, type Outcome } from '../../../../services/broker/requests/idempotency.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const limits = { rememberedForMs: 300_000, mostOutcomes: 3, mostCharacters: 1000 };

/** Work that counts how often it was done. */
function counter(text = ''): { readonly work: () => Promise<Outcome>; readonly done: () => number } {
  let count = 0;
  const work = (): Promise<Outcome> => {
    count += 1;
    return Promise.resolve({ result: 'ok', data: { count, text } });
  };
  return { work, done: () => count };
}

test('what is asked twice is done once, at the same time or later', async () => {
  const once = new Idempotency(new FakeClock(), limits);
  const { work, done } = counter();

  const answers = await Promise.all([once.once('a', work), once.once('a', work)]);
  const late = await once.once('a', work);

  assert.equal(done(), 1);
  assert.deepEqual(
    [...answers, late].map(({ data }) => data),
    Array(3).fill({ count: 1, text: '' }),
  );
});

test('an outcome is forgotten after its time', async () => {
  const clock = new FakeClock();
  const once = new Idempotency(clock, limits);
  const { work, done } = counter();
  await once.once('a', work);

  clock.advance(299_999);
  await once.once('a', work);
  assert.equal(done(), 1);
  clock.advance(1);
  await once.once('a', work);

  assert.equal(done(), 2);
  assert.equal(clock.pending, 0);
});

test('of too many outcomes, and of too long ones, the oldest is forgotten', async () => {
  const once = new Idempotency(new FakeClock(), limits);
  const { work, done } = counter();
  for (const key of ['a', 'b', 'c', 'd']) await once.once(key, work);

  await once.once('b', work);
  assert.equal(done(), 4);
  await once.once('a', work);
  assert.equal(done(), 5);
  await once.once('long', counter('x'.repeat(990)).work);

  assert.equal(once.size, 0);
});
