import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { LazyAbort } from '#services/kernel';
import { Patience, within } from '../../../../services/broker/requests/within.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

/** Work that is done when told, with what it was given. */
function slow(): { readonly promise: Promise<string>; readonly resolve: (result: string) => void } {
  let resolve: (result: string) => void = () => undefined;
  const promise = new Promise<string>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

test('work that is done at once takes no timer and looks at no signal', () => {
  const clock = new FakeClock();
  const caller = new LazyAbort();

  assert.equal(
    within(clock, 1000, caller, () => 'done'),
    'done',
  );
  assert.throws(
    () =>
      within(clock, 1000, caller, () => {
        throw new MediaError('busy');
      }),
    { code: 'busy' },
  );

  assert.deepEqual([clock.pending, caller.isWatched], [0, false]);
});

test('work that takes longer is rejected with timeout, and told so', async () => {
  const clock = new FakeClock();
  const { promise } = slow();
  let seen: AbortSignal | undefined;
  const result = within(clock, 1000, new LazyAbort(), (patience) => {
    seen = patience.signal;
    return promise;
  });

  clock.advance(1000);

  await assert.rejects(Promise.resolve(result), { code: 'timeout' });
  assert.ok(seen?.reason instanceof MediaError && seen.reason.code === 'timeout');
});

test('work in time takes its timer away', async () => {
  const clock = new FakeClock();
  const { promise, resolve } = slow();
  const result = within(clock, 1000, new LazyAbort(), () => promise);

  resolve('done');

  assert.equal(await result, 'done');
  assert.equal(clock.pending, 0);
});

test('work hears that its caller waits no more', async () => {
  const caller = new LazyAbort();
  const { promise, resolve } = slow();
  let seen: AbortSignal | undefined;
  const result = within(new FakeClock(), 1000, caller, (patience) => {
    seen = patience.signal;
    return promise;
  });

  caller.abort(new MediaError('registered_down'));
  resolve('late');

  assert.equal(await result, 'late');
  assert.ok(seen?.reason instanceof MediaError && seen.reason.code === 'registered_down');
});

test('work that asks for its signal late finds it as it is by then', async () => {
  const clock = new FakeClock();
  const { promise, resolve } = slow();
  const seen: boolean[] = [];
  const result = within(clock, 1000, new LazyAbort(), async (patience) => {
    await promise;
    seen.push(patience.signal.aborted);
  });

  clock.advance(1000);
  await assert.rejects(Promise.resolve(result), { code: 'timeout' });
  resolve('late');
  await settle();

  assert.deepEqual(seen, [true]);
  assert.equal(new Patience({ signal: AbortSignal.abort() }).signal.aborted, true);
});
