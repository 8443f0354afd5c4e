import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../../../backend-janus/webrtc/connection/ledger.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

/** What was released, in order, and a way to make resources that say so. */
class Releases {
  readonly names: string[] = [];

  sync(name: string): Disposable {
    return { [Symbol.dispose]: () => void this.names.push(name) };
  }

  /** Takes as long as it takes for `until` to settle. */
  async(name: string, until: Promise<void>): AsyncDisposable {
    return {
      [Symbol.asyncDispose]: async () => {
        await until;
        this.names.push(name);
      },
    };
  }
}

test('what is held is released last in, first out, each after the one before is done', async () => {
  const ledger = new Ledger();
  const released = new Releases();
  ledger.hold('place', released.sync('place'));
  ledger.hold('channels', released.async('channels', settle()));

  await Promise.all([ledger[Symbol.asyncDispose](), ledger[Symbol.asyncDispose]()]);

  assert.deepEqual(released.names, ['channels', 'place']);
  assert.equal(ledger.size, 0);
});

test('what takes a name releases what had it, but not itself', () => {
  const ledger = new Ledger();
  const released = new Releases();
  const second = released.sync('second');
  ledger.hold('dtls', released.sync('first'));

  ledger.hold('dtls', second);
  ledger.hold('dtls', second);

  assert.deepEqual(released.names, ['first']);
  assert.equal(ledger.size, 1);
});

test('what is still being released counts, and is waited for', async () => {
  const ledger = new Ledger();
  const released = new Releases();
  let finish = (): void => undefined;
  ledger.hold('channels', released.async('channels', new Promise((resolve) => (finish = resolve))));

  ledger.drop('channels');
  ledger.drop('channels');
  const during = ledger.size;
  const disposal = ledger[Symbol.asyncDispose]();
  finish();
  await disposal;

  assert.equal(during, 1);
  assert.deepEqual(released.names, ['channels']);
  assert.equal(ledger.size, 0);
});

test('a timer that fires, and one that is dropped, are held no longer', () => {
  const clock = new FakeClock();
  const ledger = new Ledger();
  const fired: string[] = [];
  ledger.timer('tick', clock, 10, () => {
    fired.push('tick');
    ledger.timer('tick', clock, 20, () => fired.push('tock'));
  });
  ledger.timer('connect', clock, 15, () => fired.push('connect'));

  clock.advance(10);
  ledger.drop('connect');
  clock.advance(10);

  assert.deepEqual(fired, ['tick', 'tock']);
  assert.equal(ledger.size + clock.pending, 0);
});

test('everything is released even if something fails, and the failure is told', async () => {
  const ledger = new Ledger();
  const released = new Releases();
  ledger.hold('place', released.sync('place'));
  ledger.hold('dtls', {
    [Symbol.dispose]: () => {
      throw new Error('no');
    },
  });

  await assert.rejects(ledger[Symbol.asyncDispose](), AggregateError);

  assert.deepEqual(released.names, ['place']);
  assert.throws(() => ledger.hold('late', released.sync('late')), /closed/);
});
