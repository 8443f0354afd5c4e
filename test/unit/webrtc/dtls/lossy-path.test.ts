import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../../../../backend-janus/webrtc/dtls/dtls-transport.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const certificate = makeCertificate(0);

interface Path {
  readonly lossRatio: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Of each datagram, how many copies arrive. */
  readonly copies?: number;
}

/** Two associations over a path that loses, delays and repeats; gives what each told within `withinMs`. */
function run(path: Path, seed: number, withinMs: number): { events: string[]; pending: number } {
  const clock = new FakeClock();
  const random = new SeededRandom(seed);
  const chance = (): number => random.uint32() / 2 ** 32;
  const events: string[] = [];
  const make = (role: 'client' | 'server', other: () => DtlsTransport): DtlsTransport => {
    const send = (datagram: Buffer): void => {
      for (let copy = 0; copy < (path.copies ?? 1); copy += 1) {
        if (chance() < path.lossRatio) continue;
        const delay = path.delayMs + chance() * path.jitterMs;
        clock.at(clock.now() + delay, () => other().receive(Buffer.from(datagram), clock.now()));
      }
    };
    const onEvent = ({ type }: DtlsEvent): number => events.push(`${role} ${type}`);
    return new DtlsTransport(
      { role, certificate, fingerprints: [certificate.fingerprint], clock },
      send,
      onEvent,
    );
  };
  const client: DtlsTransport = make('client', () => server);
  const server: DtlsTransport = make('server', () => client);
  server.start();
  client.start();
  clock.advance(withinMs);
  client[Symbol.dispose]();
  server[Symbol.dispose]();
  clock.advance(1000);
  return { events: events.sort(), pending: clock.pending };
}

const connected = { events: ['client connected', 'server connected'], pending: 0 };

test('with 10 % loss and 100 ± 30 ms, 100 of 100 connect within 10 s', () => {
  for (let seed = 1; seed <= 100; seed += 1)
    assert.deepEqual(run({ lossRatio: 0.1, delayMs: 70, jitterMs: 60 }, seed, 10_000), connected);
});

test('with every third datagram lost, at least 95 of 100 connect within 20 s', () => {
  let count = 0;
  for (let seed = 1; seed <= 100; seed += 1)
    count += run({ lossRatio: 0.33, delayMs: 20, jitterMs: 5 }, seed, 20_000).events.length;

  assert.ok(count >= 190, `${count} of 200 sides`);
});

test('datagrams that come three times, in any order, are no trouble', () => {
  for (let seed = 1; seed <= 50; seed += 1)
    assert.deepEqual(run({ lossRatio: 0, delayMs: 1, jitterMs: 100, copies: 3 }, seed, 5000), connected);
});

test('a path on which nothing arrives leaves no timer behind', () => {
  const { events, pending } = run({ lossRatio: 1, delayMs: 1, jitterMs: 0 }, 1, 5000);

  assert.deepEqual(events, []);
  assert.equal(pending, 0);
});

test('on a path that loses nothing, no datagram is sent twice', () => {
  const clock = new FakeClock();
  let datagrams = 0;
  const queue: (() => void)[] = [];
  const make = (role: 'client' | 'server', other: () => DtlsTransport): DtlsTransport =>
    new DtlsTransport(
      { role, certificate, fingerprints: [certificate.fingerprint], clock },
      (datagram) => {
        datagrams += 1;
        queue.push(() => other().receive(datagram, clock.now()));
      },
      () => undefined,
    );
  const client: DtlsTransport = make('client', () => server);
  const server: DtlsTransport = make('server', () => client);
  server.start();
  client.start();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
  clock.advance(60_000);

  assert.equal(datagrams, 4);
  assert.equal(clock.pending, 0);
});
