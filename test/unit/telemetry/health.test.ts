import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { health, type Readiness } from '#services/telemetry';

const well: Readiness = { isNatsConnected: true, hasMediaServer: true, isDraining: false };

/** Status, Cache-Control and body of one page, while the broker stands so. */
async function get(path: string, readiness: Readiness): Promise<unknown[]> {
  const app = fastify();
  await app.register(health(() => readiness));
  const { statusCode, headers, body } = await app.inject(path);
  await app.close();
  const told: unknown = JSON.parse(body);
  return [statusCode, headers['cache-control'], told];
}

test('a process that answers is live, however it stands', async () => {
  const badly = { isNatsConnected: false, hasMediaServer: false, isDraining: true };

  for (const readiness of [well, badly])
    assert.deepEqual(await get('/health/live', readiness), [200, 'no-store', { live: true }]);
});

test('it is ready while nothing is missing, and says what is', async () => {
  const fine = { ready: true, nats: true, media: true, draining: false };
  const bad = { ...fine, ready: false };
  const page = (change: Partial<Readiness>): Promise<unknown[]> =>
    get('/health/ready', { ...well, ...change });

  assert.deepEqual(await page({}), [200, 'no-store', fine]);
  assert.deepEqual(await page({ isNatsConnected: false }), [503, 'no-store', { ...bad, nats: false }]);
  assert.deepEqual(await page({ hasMediaServer: false }), [503, 'no-store', { ...bad, media: false }]);
  assert.deepEqual(await page({ isDraining: true }), [503, 'no-store', { ...bad, draining: true }]);
});
