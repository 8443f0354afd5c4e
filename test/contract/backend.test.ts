import { MediaError } from '#schemas';
import { Engines, JanusBackend } from '#janus/adapter';
import { JanusError } from '#janus/client';
import { createLog } from '#services/kernel';
import { EmbeddedJanus } from '../support/embedded-janus.ts';
import { FakeBackend } from '../support/fake-backend.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeEchotest, FakeJanusConnection } from '../support/fake-janus-connection.ts';
import { FakePeer } from '../support/fake-peer.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { backendContract, type BackendBench } from './backend.ts';

function fakeBench(): Promise<BackendBench> {
  const backend = new FakeBackend();
  const open = backend.open.bind(backend);
  backend.open = (request, onEvent) => {
    backend.failure = request.offer?.sdp === 'bad' ? new MediaError('invalid_sdp') : undefined;
    return open(request, onEvent);
  };
  return Promise.resolve({
    backend,
    clock: new FakeClock(),
    offer: 'v=0',
    badOffer: 'bad',
    hangUp: () => backend.legs.at(-1)?.emit({ type: 'gone', reason: 'normal_termination' }),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  });
}

async function janusBench(): Promise<BackendBench> {
  const clock = new FakeClock();
  const engines = new Engines();
  const connection = new FakeJanusConnection();
  connection.plugin = (body, jsep) => {
    if (jsep?.sdp === 'bad') throw new JanusError(465, 'Invalid SDP');
    return fakeEchotest(body, jsep);
  };
  await engines.add('fake', connection);
  const backend = new JanusBackend({
    clock,
    engines,
    node: 'here',
    random: new SeededRandom(),
    log: createLog('silent', {}),
  });
  return {
    backend,
    clock,
    offer: 'v=0',
    badOffer: 'bad',
    hangUp: () => {
      for (const [session, [sender = 0]] of connection.sessions)
        connection.emit(session, { janus: 'hangup', sender, reason: 'DTLS alert' });
    },
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      await engines[Symbol.asyncDispose]();
    },
  };
}

async function embeddedBench(): Promise<BackendBench> {
  const janus = await EmbeddedJanus.start();
  return {
    backend: janus.backend,
    clock: janus.clock,
    offer: new FakePeer(janus.peers).offer(['audio', 'video', 'data']),
    badOffer: 'v=0',
    hangUp: () => janus.peers.made.at(-1)?.fail('dtls_alert'),
    [Symbol.asyncDispose]: () => janus[Symbol.asyncDispose](),
  };
}

backendContract('FakeBackend', fakeBench);
backendContract('JanusBackend on a scripted Janus', janusBench);
backendContract('JanusBackend on an engine in this process', embeddedBench);
