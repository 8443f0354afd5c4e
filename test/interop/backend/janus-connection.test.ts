import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { JanusError, webSocketConnection } from '#janus/client';
import { ConnectionLost, systemClock } from '#services/kernel';
import { janusConnectionContract } from '../../contract/janus-connection.ts';
import { freePort } from '../support/free-port.ts';
import { JanusServer, loopbackJanus } from '../support/janus-server.ts';

const never = new AbortController().signal;
const parts = { clock: systemClock, fault: assert.ifError, apiSecret: 'a secret of the tests' };
const janus = await startServer();

after(() => janus[Symbol.asyncDispose]());

async function startServer(): Promise<JanusServer> {
  return JanusServer.start(loopbackJanus(await freePort(), { apiSecret: parts.apiSecret }));
}

janusConnectionContract('a real Janus', () => Promise.resolve(webSocketConnection(janus.url, parts)));

test('a real Janus lets nobody in without its secret', async () => {
  const { clock, fault } = parts;
  await using connection = webSocketConnection(janus.url, { clock, fault });

  const refused = connection.request({ janus: 'create' }, never);

  await assert.rejects(refused, (cause) => cause instanceof JanusError && cause.number === 403);
});

test('a real Janus that hangs is found out within 18 s', { timeout: 30_000 }, async (t) => {
  await using server = await startServer();
  await using connection = webSocketConnection(server.url, parts);
  await connection.request({ janus: 'create' }, never);

  server.pause();
  const pausedAt = performance.now();
  await once(connection.lost, 'abort');

  const afterMs = performance.now() - pausedAt;
  t.diagnostic(`found out after ${(afterMs / 1000).toFixed(1)} s`);
  assert.ok(afterMs < 18_000);
  await assert.rejects(connection.request({ janus: 'create' }, never), ConnectionLost);
});
