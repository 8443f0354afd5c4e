import assert from 'node:assert/strict';
import {
  EventPublisher,
  LocalSessionRegistry,
  type EventEnvelope,
  type RegistryParts,
} from '#services/broker';
import { createLog } from '#services/kernel';
import { FakeBackend } from './fake-backend.ts';
import { FakeCaller } from './fake-caller.ts';
import { FakeClock } from './fake-clock.ts';
import { sessionDefaults } from './new-session.ts';
import { SeededRandom } from './seeded-random.ts';

/** An echo session as the broker asks for it. */
export const echo = { ...sessionDefaults, type: 'echo', offer: { sdp: 'v=0' } } as const;
/** Nobody hangs up. */
export const never = new AbortController().signal;

/** A registry and what surrounds it. */
export interface Run {
  readonly clock: FakeClock;
  readonly backend: FakeBackend;
  readonly owner: FakeCaller;
  readonly events: EventPublisher;
  readonly sessions: LocalSessionRegistry;
}

/** Makes a registry. */
export function run(
  log = createLog('silent', {}),
  backends = [new FakeBackend()],
  limits: Pick<RegistryParts, 'mostSessions'> = {},
): Run {
  const clock = new FakeClock();
  const [backend = new FakeBackend()] = backends;
  const events = new EventPublisher(clock, 'node0001', assert.ifError);
  const sessions = new LocalSessionRegistry({
    clock,
    random: new SeededRandom(),
    log,
    events,
    backends,
    node: 'node0001',
    ...limits,
  });
  return { clock, backend, owner: new FakeCaller(), events, sessions };
}

/** A promise that opens when told. */
export function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** Everything that is published, from now on. */
export function listen(events: EventPublisher): EventEnvelope[] {
  const heard: EventEnvelope[] = [];
  events.subscribe((event) => heard.push(event));
  return heard;
}
