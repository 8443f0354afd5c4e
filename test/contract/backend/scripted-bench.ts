import { Engines, JanusBackend } from '#janus/adapter';
import { JanusError } from '#janus/client';
import { createLog } from '#services/kernel';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { fakeEchotest, FakeJanusConnection } from '../../support/fake-janus-connection.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { untilSettled } from './fake-bench.ts';
import type { BackendBench } from './subject.ts';

const bad = 'bad';

/** A Janus that plays echotest and nothing else: what it is for is faults, which a real one makes at its own time. */
export async function scriptedBench(): Promise<BackendBench> {
  const clock = new FakeClock();
  const engines = new Engines();
  const connection = new FakeJanusConnection();
  connection.plugin = (body, jsep) => {
    if (jsep?.sdp === bad) throw new JanusError(465, 'Invalid SDP');
    return fakeEchotest(body, jsep);
  };
  await engines.add('fake', connection);
  const log = createLog('silent', {});
  const backend = new JanusBackend({ clock, engines, random: new SeededRandom(), log, node: 'n' });
  const hangUp = (): void => {
    for (const [session, [sender = 0]] of connection.sessions)
      connection.emit(session, { janus: 'hangup', sender, reason: 'DTLS alert' });
  };
  const described = (): Promise<string> => Promise.resolve('v=0');
  const client = { isUp: true, offer: described, answer: described, accept: () => Promise.resolve(), hangUp };
  return {
    ...{ backend, bad, hasMedia: false },
    client: () => client,
    until: untilSettled,
    quiet: settle,
    flow: () => Promise.reject(new RangeError('a script has no media')),
    // A session whose creation was taken back is forgotten by Janus itself, in time.
    remains: () => clock.pending + backend.legs + backend.rooms,
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      await engines[Symbol.asyncDispose]();
    },
  };
}
