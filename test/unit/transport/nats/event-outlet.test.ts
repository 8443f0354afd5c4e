import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventOutlet, type Publishing } from '../../../../services/transport/nats/event-outlet.ts';
import { settle } from '../../../support/fake-clock.ts';

/** A connection whose server confirms when told. */
class SlowConnection implements Publishing {
  readonly published: string[] = [];
  readonly flushes: { confirm(): void; lose(): void }[] = [];

  publish(subject: string): void {
    this.published.push(subject);
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.flushes.push({ confirm: resolve, lose: () => reject(new Error('disconnected')) });
    });
  }
}

function publish(outlet: EventOutlet, count: number): number {
  return Array.from({ length: count }, (_, at) => outlet.publish(`s${at}`, '')).filter(Boolean).length;
}

test('without a connection events are dropped and counted', () => {
  const outlet = new EventOutlet(3);

  assert.equal(publish(outlet, 2), 0);
  assert.equal(outlet.dropped, 2);
});

test('no more than the bound is under way, and one confirmation at a time is asked for', async () => {
  const outlet = new EventOutlet(3);
  const connection = new SlowConnection();
  outlet.attach(connection);

  assert.equal(publish(outlet, 5), 3);
  assert.equal(outlet.dropped, 2);
  assert.equal(connection.flushes.length, 1);

  connection.flushes[0]?.confirm();
  await settle();
  assert.equal(publish(outlet, 5), 1, 'the first flush was for the first event alone');
  connection.flushes[1]?.confirm();
  await settle();

  assert.equal(publish(outlet, 5), 2);
  assert.equal(connection.flushes.length, 3);
});

test('a lost connection gives room for what the next one takes', async () => {
  const outlet = new EventOutlet(3);
  const [first, second] = [new SlowConnection(), new SlowConnection()];
  outlet.attach(first);
  publish(outlet, 3);

  outlet.attach(undefined);
  first.flushes[0]?.lose();
  await settle();
  assert.equal(publish(outlet, 1), 0);
  outlet.attach(second);

  assert.equal(publish(outlet, 3), 3);
  assert.equal(second.flushes.length, 1);
});

test('the confirmations of an old connection do not make room on the new one', async () => {
  const outlet = new EventOutlet(3);
  const [first, second] = [new SlowConnection(), new SlowConnection()];
  outlet.attach(first);
  publish(outlet, 3);
  outlet.attach(second);
  publish(outlet, 3);

  first.flushes[0]?.confirm();
  await settle();

  assert.equal(publish(outlet, 1), 0);
});
