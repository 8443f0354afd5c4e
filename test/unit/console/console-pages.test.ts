import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify, type FastifyInstance } from 'fastify';
import { consolePages, type ConsoleSources } from '#services/console';
import { FakeClock } from '../../support/fake-clock.ts';

const sources: ConsoleSources = {
  node: 'node0001',
  version: '1.2.3',
  subjectPrefix: 'media',
  ports: () => ({ http: 8080, commands: 9010 }),
  nats: () => ({ url: 'nats://me:secret@one:4222, token@two:4222,nats://three:4222', isEmbedded: false }),
  sessions: () => 3,
};

async function start(
  clock = new FakeClock(),
  changes: Partial<ConsoleSources> = {},
): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(consolePages(clock, { ...sources, ...changes }));
  return app;
}

/** What a page or a style sheet refers to on this host. */
function linksIn(html: string): readonly string[] {
  return [...html.matchAll(/(?:href|src)="(\/[^"#]*)"/g)].map(([, path]) => path ?? '');
}

test('every page is served and refers only to what is served', async () => {
  const app = await start();
  const ofOthers = ['/health/live', '/health/ready'];
  for (const page of ['/', '/demo/echo', '/demo/call', '/demo/room', '/demo/api']) {
    const { statusCode, body, headers } = await app.inject(page);
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.doesNotMatch(body, /https?:\/\/|<style|<script(?![^>]*src)| on[a-z]+="|style="/);
    for (const link of linksIn(body).filter((path) => !ofOthers.includes(path)))
      assert.equal((await app.inject(link)).statusCode, 200, link);
  }
});

test('every script that a page loads is there, with what it imports', async () => {
  const app = await start();
  const seen = new Set<string>();
  const load = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const { statusCode, body, headers } = await app.inject(path);
    assert.equal(statusCode, 200, path);
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    for (const [, target] of body.matchAll(/from ["'](\.[^"']+)["']/g))
      await load(new URL(target ?? '', `http://host${path}`).pathname);
  };

  await load('/console/browser/start/page.js');
  for (const page of ['echo', 'call', 'room', 'api']) await load(`/console/browser/${page}/page.js`);

  assert.ok(seen.size > 10);
});

test('every response has the strict headers', async () => {
  const app = await start();
  for (const path of ['/', '/demo/echo', '/console/style.css', '/console/state.json']) {
    const { headers } = await app.inject(path);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('a browser that has the current file is told so, and another tag gets the file', async () => {
  const app = await start();
  const first = await app.inject('/console/style.css');
  const etag = String(first.headers.etag);
  const ask = async (tag: string): Promise<number> =>
    (await app.inject({ url: '/console/style.css', headers: { 'if-none-match': tag } })).statusCode;

  assert.match(etag, /^"[\w-]{22}"$/);
  assert.equal(first.headers['cache-control'], 'no-cache');
  assert.equal(await ask(etag), 304);
  assert.equal(await ask(`"other", W/${etag}`), 304);
  assert.equal(await ask('"other"'), 200);
});

test('what is not in the table is not found, whatever the path says', async () => {
  const app = await start();
  for (const path of [
    '/console/state.js',
    '/console/browser/../assets.js',
    '/console/browser/%2e%2e/assets.js',
    '/console/',
  ])
    assert.equal((await app.inject(path)).statusCode, 404, path);
});

test('the state is read anew for each request', async () => {
  const clock = new FakeClock();
  let sessions = 3;
  const app = await start(clock, { sessions: () => sessions });
  clock.advance(65_400);
  sessions = 4;

  const { headers, ...response } = await app.inject('/console/state.json');

  assert.equal(headers['cache-control'], 'no-store');
  assert.deepEqual(response.json(), {
    node: 'node0001',
    version: '1.2.3',
    uptime: 65,
    sessions: 4,
    subject_prefix: 'media',
    nats: { url: 'nats://one:4222,two:4222,nats://three:4222', embedded: false },
    ports: { http: 8080, commands: 9010 },
  });
});

test('a broker without NATS says nothing of it', async () => {
  const app = await start(new FakeClock(), { nats: () => undefined });

  assert.equal('nats' in (await app.inject('/console/state.json')).json<object>(), false);
});

test('the folder of the demos leads to their list', async () => {
  const app = await start();

  assert.equal((await app.inject('/demo/')).headers.location, '/#demos');
});
