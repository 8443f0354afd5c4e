import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { webSocketConnection, type JanusConnection } from '#janus/client';
import { ConnectionLost } from '#services/kernel';
import { FakeClock } from '../../support/fake-clock.ts';
import { fieldsOf } from '../../support/fields.ts';
import { eventually } from '../support/eventually.ts';

const never = new AbortController().signal;

/** A server that says what a test tells it to, and a connection to it whose time the test lets pass. */
class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly heard: unknown[] = [];
  readonly connection: JanusConnection;
  readonly #server: WebSocketServer;
  readonly #opened: Promise<WebSocket>;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.#opened = new Promise((resolve) => server.once('connection', resolve));
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString())));
    });
    const { clock } = this;
    this.connection = webSocketConnection(`ws://127.0.0.1:${portOf(server)}`, {
      clock,
      fault: assert.ifError,
    });
  }

  static async open(): Promise<Scene> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
    await once(server, 'listening');
    return new Scene(server);
  }

  /** The server's end. */
  socket(): Promise<WebSocket> {
    return this.#opened;
  }

  /** Lets time pass in steps, so that pongs can come in between. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }
}

function portOf(server: WebSocketServer | Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

test('what is asked before the WebSocket is open goes out in order once it is', async () => {
  await using scene = await Scene.open();
  const asked = ['info', 'create'] as const;

  const outcomes = asked.map((janus) =>
    assert.rejects(scene.connection.request({ janus }, never), ConnectionLost),
  );
  await eventually('both are heard', 2000, () => scene.heard.length === 2);
  await scene.connection[Symbol.asyncDispose]();

  await Promise.all(outcomes);
  assert.deepEqual(
    scene.heard.map((message) => fieldsOf(message).get('janus')),
    asked,
  );
});

test('garbage is passed over, and the reply after it is found', async () => {
  await using scene = await Scene.open();
  const socket = await scene.socket();
  const reply = scene.connection.request({ janus: 'create' }, never);
  await eventually('it is asked', 2000, () => scene.heard.length === 1);

  for (const garbage of ['', '{', 'null', '[]', '{"janus":7}', '"janus"']) socket.send(garbage);
  socket.send(Buffer.from([0, 1, 2]));
  socket.send('{"janus":"success","transaction":"1","data":{"id":7}}');

  assert.deepEqual(await reply, { janus: 'success', data: { id: 7 } });
});

test('a Janus that closes is lost, and with it what was asked', async () => {
  await using scene = await Scene.open();
  const socket = await scene.socket();
  const waiting = assert.rejects(scene.connection.request({ janus: 'create' }, never), ConnectionLost);

  socket.close();

  await waiting;
  assert.ok(scene.connection.lost.aborted);
  assert.equal(scene.clock.pending, 0);
});

test('a message of more than 4 MiB ends the connection', async () => {
  await using scene = await Scene.open();
  const socket = await scene.socket();

  socket.send('x'.repeat(4 * 1024 * 1024 + 1));
  await once(scene.connection.lost, 'abort');

  assert.equal(scene.clock.pending, 0);
});

test('a Janus that answers no ping is lost within 15 s', async () => {
  await using scene = await Scene.open();
  const waiting = assert.rejects(scene.connection.request({ janus: 'info' }, never), ConnectionLost);
  await eventually('it is asked', 2000, () => scene.heard.length === 1);

  await scene.pass(15);

  await waiting;
  assert.ok(scene.connection.lost.aborted);
  assert.equal(scene.clock.pending, 0);
});

test('a Janus that answers pings is kept, however little it says', async () => {
  await using scene = await Scene.open();
  const socket = await scene.socket();
  socket.on('ping', () => socket.pong());

  await scene.pass(60);

  assert.equal(scene.connection.lost.aborted, false);
});

test('a server that takes the connection and says nothing is given up after 10 s', async () => {
  const clock = new FakeClock();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${portOf(server)}`;
  await using connection = webSocketConnection(url, { clock, fault: assert.ifError });
  const waiting = assert.rejects(connection.request({ janus: 'info' }, never), ConnectionLost);

  clock.advance(9_999);
  const isLostEarly = connection.lost.aborted;
  clock.advance(1);

  await waiting;
  assert.equal(isLostEarly, false);
  assert.equal(clock.pending, 0);
  server.close();
});

test('a server without the subprotocol of Janus is no Janus', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => false });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${portOf(server)}`;
  await using connection = webSocketConnection(url, { clock: new FakeClock(), fault: assert.ifError });

  await assert.rejects(connection.request({ janus: 'info' }, never), ConnectionLost);

  server.close();
});

test('a port where nobody listens is lost at once', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${portOf(server)}`;
  server.close();
  await once(server, 'close');
  await using connection = webSocketConnection(url, { clock: new FakeClock(), fault: assert.ifError });

  await assert.rejects(connection.request({ janus: 'info' }, never), ConnectionLost);
});
