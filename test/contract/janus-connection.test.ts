import assert from 'node:assert/strict';
import { localConnection } from '#janus/client';
import { createLog } from '#services/kernel';
import { Engine } from '../../backend-janus/engine.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeJanusConnection } from '../support/fake-janus-connection.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { janusConnectionContract } from './janus-connection.ts';

const log = createLog('silent', {});

janusConnectionContract('the scripted Janus', () => Promise.resolve(new FakeJanusConnection()));
janusConnectionContract('a gateway in this process', () => {
  const clock = new FakeClock();
  const peerConnections = { create: () => assert.fail('no description was given') };
  const engine = new Engine('one', { clock, random: new SeededRandom(), log, peerConnections });
  return Promise.resolve(localConnection(engine.door, { clock, fault: assert.ifError }));
});
