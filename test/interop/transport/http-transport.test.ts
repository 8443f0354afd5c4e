import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { systemClock, type Log } from '#services/kernel';
import { HttpTransport, Turns } from '#services/transport';
import { RecordingServe } from '../../support/recording-serve.ts';
import { answerTo } from './http-client.ts';
import { until } from './surroundings.ts';

const command = JSON.stringify({ class: 'media', subclass: 'session', cmd: 'get_list', tid: 1 });
const reply = { result: 'ok', tid: 1, data: { echo: null } };

interface Stage extends AsyncDisposable {
  readonly http: HttpTransport;
  readonly broker: RecordingServe;
  readonly logged: string[];
  readonly port: number;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function logTo(lines: string[]): Log {
  const write = (_fields: object, line: string): void => void lines.push(line);
  const log: Log = { error: write, warn: write, info: write, debug: write, child: () => log };
  return log;
}

async function start(register: (http: HttpTransport) => void = () => undefined): Promise<Stage> {
  const logged: string[] = [];
  const options = { address: '127.0.0.1', port: 0, origins: ['https://app.example.org'] };
  const http = new HttpTransport(
    { clock: systemClock, log: logTo(logged), turns: new Turns(systemClock) },
    options,
  );
  register(http);
  const broker = new RecordingServe();
  await http.listen(broker.serve);
  const dispose = (): Promise<void> => http[Symbol.asyncDispose]();
  return { http, broker, logged, port: http.port ?? 0, [Symbol.asyncDispose]: dispose };
}

/** What a request has besides the command as its body. */
interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

async function ask(
  port: number,
  { method = 'POST', path = '/rpc', headers = {}, body }: Asked = {},
): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  const response = await answerTo(sent, body ?? (method === 'POST' ? command : ''));
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Sends bytes as they are and returns all that comes back. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.end(bytes);
  return await text(socket);
}

test('whatever its content type says, JSON is JSON', async () => {
  await using stage = await start();
  for (const type of [
    undefined,
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    ';;',
  ]) {
    const { status, headers, body } = await ask(stage.port, {
      headers: type === undefined ? {} : { 'content-type': type },
    });

    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(body), reply, type);
  }
});

test('no body at all is no JSON', async () => {
  await using stage = await start();

  const { status, body } = await ask(stage.port, { body: '' });

  assert.equal(status, 200);
  assert.match(body, /request is not JSON/);
});

test('a body of 20 MiB in chunks is answered, and no more kept than 1 MiB', async () => {
  await using stage = await start();

  const { status, body } = await ask(stage.port, {
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(20 * 1024 * 1024),
  });

  assert.equal(status, 200);
  assert.match(body, /request is larger than 1 MiB/);
  assert.deepEqual(stage.logged, []);
});

test('a body that breaks off does no harm and is no fault of ours', async () => {
  await using stage = await start();
  const socket = createConnection({ host: '127.0.0.1', port: stage.port });
  socket.write('POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"class"');
  await once(socket, 'connect');

  socket.resetAndDestroy();

  assert.deepEqual(JSON.parse((await ask(stage.port)).body), reply);
  assert.deepEqual(stage.logged, []);
});

test('a host that is not ours is refused to browsers: pages, and commands with an Origin', async () => {
  await using stage = await start();
  const [host, origin] = ['evil.example', 'http://evil.example'];
  const status = async (asked: Asked): Promise<unknown> => (await ask(stage.port, asked)).status;

  assert.equal(await status({ method: 'GET', path: '/', headers: { host } }), 403);
  assert.equal(await status({ path: '/nowhere', headers: { host } }), 403);
  assert.equal(await status({ headers: { host, origin } }), 403);
  assert.equal(await status({ method: 'GET', path: '/', headers: { host: 'localhost' } }), 404);
  assert.equal(stage.broker.requests.length, 0);
});

test('an application server may call by any name', async () => {
  await using stage = await start();

  for (const host of ['bifrons:8080', `localhost:${stage.port}`, 'app.example.org'])
    assert.equal((await ask(stage.port, { headers: { host } })).status, 200, host);

  assert.equal(stage.broker.requests.length, 3);
});

test('a page of another origin is refused, our own is not', async () => {
  await using stage = await start();
  const host = `127.0.0.1:${stage.port}`;

  assert.equal((await ask(stage.port, { headers: { origin: 'http://evil.example' } })).status, 403);
  assert.equal((await ask(stage.port, { headers: { origin: 'null' } })).status, 403);
  assert.equal((await ask(stage.port, { headers: { origin: `http://${host}` } })).status, 200);
  assert.equal(stage.broker.requests.length, 1);
});

test('a page of a listed origin may call, and read the reply', async () => {
  await using stage = await start();
  const origin = 'https://app.example.org';

  const preflight = await ask(stage.port, { method: 'OPTIONS', headers: { origin } });
  const called = await ask(stage.port, { headers: { origin } });

  assert.equal(preflight.status, 204);
  assert.match(preflight.headers['access-control-allow-headers'] ?? '', /bifrons-request-id/);
  assert.equal(called.headers['access-control-allow-origin'], origin);
  assert.deepEqual(JSON.parse(called.body), reply);
  assert.equal((await ask(stage.port)).headers['access-control-allow-origin'], undefined);
});

test('what is not there is a small JSON 404', async () => {
  await using stage = await start();
  for (const [method, path] of [
    ['GET', '/rpc'],
    ['POST', '/nowhere'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/%2e%2e'],
  ] as const) {
    const { status, body } = await ask(stage.port, { method, path });

    assert.equal(status, 404, path);
    assert.deepEqual(JSON.parse(body), { error: 'not found' });
  }
});

test('pages of other parts are added as plugins, and keep their own ways', async () => {
  await using stage = await start((http) => {
    http.register((app, _options, done) => {
      app.get('/hello', () => ({ hello: 'page' }));
      app.post('/form', ({ body }) => ({ body }));
      done();
    });
  });

  const page = await ask(stage.port, { method: 'GET', path: '/hello' });
  const form = await ask(stage.port, {
    path: '/form',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  });

  assert.deepEqual(JSON.parse(page.body), { hello: 'page' });
  assert.deepEqual(JSON.parse(form.body), { body: { a: 1 } });
});

test('a plugin that fails tells nothing of our inside', async () => {
  await using stage = await start((http) => {
    http.register((app, _options, done) => {
      app.get('/broken', () => {
        throw new TypeError('secret in a stack');
      });
      done();
    });
  });

  const { status, body } = await ask(stage.port, { method: 'GET', path: '/broken' });

  assert.equal(status, 500);
  assert.deepEqual(JSON.parse(body), { error: 'internal error' });
  assert.deepEqual(stage.logged, ['an HTTP route failed']);
});

test('what is no HTTP is refused without a trace of ours', async () => {
  await using stage = await start();

  const answers = [
    await exchange(stage.port, 'NONSENSE\r\n\r\n'),
    await exchange(stage.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    await exchange(stage.port, 'GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    await exchange(stage.port, 'GET / HTTP/1.1\r\n\r\n'),
  ];

  for (const answer of answers) {
    assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    assert.doesNotMatch(answer, /\.[jt]s:|node_modules/);
  }
  assert.deepEqual(stage.logged, []);
});

test('a client that hangs up while it waits ends the wait', async () => {
  await using stage = await start();
  const answer = stage.broker.hold();
  const sent = request({ host: '127.0.0.1', port: stage.port, path: '/rpc', method: 'POST', agent: false });
  sent.on('error', () => undefined).end(command);
  await until(() => stage.broker.requests.length === 1);
  assert.equal(stage.broker.last?.signal.aborted, false);

  sent.destroy();

  await until(() => stage.broker.last?.signal.aborted === true);
  answer({ result: 'ok', data: {} });
});

test('idle connections do not hold up the end', async () => {
  const stage = await start();
  const socket = createConnection({ host: '127.0.0.1', port: stage.port });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const before = performance.now();

  await stage[Symbol.asyncDispose]();

  assert.ok(performance.now() - before < 1000);
  socket.destroy();
});
