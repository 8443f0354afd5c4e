import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, type EventEnvelope } from '#services/broker';
import { Connection } from '../../../../services/transport/websocket/connection.ts';
import type { Wire } from '../../../../services/transport/websocket/wire.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { fieldsOf } from '../../../support/fields.ts';
import { RecordingServe } from '../../../support/recording-serve.ts';

/** Keeps what is sent, and how it ended. */
class FakeWire implements Wire {
  queuedBytes = 0;
  sent: unknown[] = [];
  pings = 0;
  ending: string | undefined;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.ending ??= `${code} ${reason}`;
  }

  terminate(): void {
    this.ending ??= 'cut';
  }

  /** What was sent since the last time. */
  take(): unknown[] {
    return this.sent.splice(0);
  }
}

class Scene {
  readonly clock = new FakeClock();
  readonly wire = new FakeWire();
  readonly broker = new RecordingServe();
  readonly failures: unknown[] = [];
  readonly connection: Connection;

  constructor() {
    const { clock, wire, broker } = this;
    const onFailure = (cause: unknown): void => void this.failures.push(cause);
    this.connection = new Connection({ clock, wire, serve: broker.serve, onFailure }, 'connection-1');
  }

  static loggedIn(): Scene {
    const scene = new Scene();
    scene.connection.logIn(anyone);
    return scene;
  }

  /** Lets the peer send one message. */
  async receive(message: unknown): Promise<void> {
    this.receiveText(JSON.stringify(message));
    await settle();
  }

  receiveText(text: string): void {
    this.connection.receive(Buffer.from(text));
  }
}

const event: EventEnvelope = {
  class: 'media',
  subclass: 'session',
  type: 'answer',
  obj_id: 'abcd1234-0',
  seq: 1,
  time: 5,
  node: 'abcd1234',
  body: { answer: { sdp: 'v=0' } },
};
const request = { class: 'media', subclass: 'session', cmd: 'get_answer', tid: 'a' };
const never = new AbortController().signal;

test('who does not log in within 10 s is sent away, and all its timers end', () => {
  const { clock, wire } = new Scene();

  clock.advance(9_999);
  assert.equal(wire.ending, undefined);
  clock.advance(1);

  assert.equal(wire.ending, '1008 no login within 10 s');
  assert.equal(clock.pending, 0);
});

test('who logged in stays, and does so once', () => {
  const { clock, wire, connection } = Scene.loggedIn();

  clock.advance(20_000);

  assert.equal(connection.principal, anyone);
  assert.equal(wire.ending, undefined);
  assert.throws(() => connection.logIn(anyone), { code: 'already_authenticated' });
});

test('a reply that takes over a second is announced, again every minute, and not after it', async () => {
  const { clock, wire, broker, ...scene } = Scene.loggedIn();
  const answer = broker.hold();
  scene.connection.receive(Buffer.from(JSON.stringify(request)));

  await clock.run(999);
  assert.deepEqual(wire.take(), []);
  await clock.run(1);
  assert.deepEqual(wire.take(), [{ ack: 'a' }]);
  scene.connection.heard();
  await clock.run(29_000);
  scene.connection.heard();
  await clock.run(29_000);
  scene.connection.heard();
  await clock.run(2_000);
  assert.deepEqual(wire.take(), [{ ack: 'a' }]);
  answer({ result: 'ok', tid: 'a', data: { answer: 1 } });
  await clock.run(30_000);

  assert.deepEqual(wire.take(), [{ result: 'ok', tid: 'a', data: { answer: 1 } }]);
});

test('a quick reply, and a request without tid, are not announced', async () => {
  const { clock, wire, broker, connection } = Scene.loggedIn();
  connection.receive(Buffer.from(JSON.stringify(request)));
  await settle();
  wire.take();
  broker.hold();
  connection.receive(Buffer.from(JSON.stringify({ ...request, tid: undefined })));

  await clock.run(5_000);

  assert.deepEqual(wire.take(), []);
});

test('events are requests of class core, numbered from 1, and need no answer', async () => {
  const { clock, wire, connection, ...scene } = Scene.loggedIn();

  connection.push(event);
  connection.push({ ...event, seq: 2 });
  await clock.run(14_000);

  assert.deepEqual(wire.take(), [
    { class: 'core', cmd: 'event', tid: 1, data: event },
    { class: 'core', cmd: 'event', tid: 2, data: { ...event, seq: 2 } },
  ]);
  connection.receive(Buffer.from('{"result":"ok","tid":1}'));
  connection.receive(Buffer.from('{"result":"ok","tid":99}'));
  connection.receive(Buffer.from('{"ack":2}'));
  assert.equal(scene.broker.requests.length, 0);
  assert.deepEqual(wire.take(), []);
});

test('a question is answered by its tid', async () => {
  const { wire, connection, ...scene } = Scene.loggedIn();
  const invite = connection.ask('call.invite', { call_id: 'c' }, never);
  const ping = connection.ask('core.core.ping', {}, never);
  assert.deepEqual(wire.take(), [
    { class: 'media', subclass: 'call', cmd: 'invite', tid: 1, data: { call_id: 'c' } },
    { class: 'core', subclass: 'core', cmd: 'ping', tid: 2, data: {} },
  ]);

  connection.receive(Buffer.from('{"result":"error","tid":2,"data":{"code":486,"error":"Busy here"}}'));
  connection.receive(Buffer.from('{"result":"ok","tid":1,"data":{"retry":1}}'));

  assert.deepEqual(await invite, { result: 'ok', data: { retry: 1 } });
  assert.deepEqual(await ping, {
    result: 'error',
    data: { code: 486, error: 'Busy here', name: 'internal_error' },
  });
  assert.deepEqual(scene.failures, []);
});

test('a question ends with its signal, or with the caller', async () => {
  const { connection } = Scene.loggedIn();
  const patience = new AbortController();
  const first = connection.ask('call.invite', {}, patience.signal);
  const second = connection.ask('call.invite', {}, never);

  patience.abort();
  await assert.rejects(first, { code: 'timeout' });
  connection[Symbol.dispose]();

  await assert.rejects(second, { code: 'registered_down' });
  await assert.rejects(connection.ask('call.invite', {}, never), { code: 'registered_down' });
  const aborted = AbortSignal.abort();
  await assert.rejects(Scene.loggedIn().connection.ask('call.invite', {}, aborted), { code: 'timeout' });
});

test('questions are bounded', async () => {
  const { connection } = Scene.loggedIn();
  const open = Array.from({ length: 1000 }, () => connection.ask('call.invite', {}, never));

  await assert.rejects(connection.ask('call.invite', {}, never), { code: 'busy' });
  connection[Symbol.dispose]();
  await Promise.allSettled(open);
});

test('garbage is answered, and ten in a row end the connection', async () => {
  const scene = Scene.loggedIn();
  const garbage = ['{', '[]', '"text"', '17', 'null', '{}', '{"a":1}', '', '{"class"'];
  for (const text of garbage) scene.receiveText(text);
  await settle();
  assert.equal(scene.wire.take().length, 9);
  assert.equal(scene.wire.ending, undefined);

  await scene.receive(request);
  for (const text of garbage) scene.receiveText(text);
  assert.equal(scene.wire.ending, undefined);
  scene.receiveText('{');

  assert.equal(scene.wire.ending, '1008 no requests in 10 messages');
});

test('a thousand requests wait at a time, the next is answered busy with its tid', () => {
  const { broker, wire, ...scene } = Scene.loggedIn();
  broker.hold();
  for (let tid = 0; tid < 1000; tid += 1) {
    scene.connection.receive(Buffer.from(JSON.stringify({ ...request, tid })));
  }
  assert.deepEqual(wire.take(), []);

  scene.connection.receive(Buffer.from(JSON.stringify(request)));

  const [reply] = wire.take();
  assert.equal(fieldsOf(reply).get('tid'), 'a');
  assert.equal(fieldsOf(fieldsOf(reply).get('data')).get('name'), 'busy');
  assert.equal(broker.requests.length, 1000);
});

test('a peer that does not read is sent away, its sessions and requests end', async () => {
  const scene = Scene.loggedIn();
  scene.broker.hold();
  const heard: string[] = [];
  scene.connection.onGone(() => heard.push('gone'));
  await scene.receive(request);
  scene.wire.queuedBytes = 1024 * 1024;

  scene.connection.push(event);

  assert.equal(scene.wire.ending, '1013 reads too slowly');
  assert.deepEqual(scene.wire.take(), []);
  assert.deepEqual(heard, ['gone']);
  assert.equal(scene.broker.last?.signal.aborted, true);
  assert.equal(scene.clock.pending, 0);
});

test('one message larger than the queue is sent when nothing waits', () => {
  const { wire, connection } = Scene.loggedIn();

  connection.push({ ...event, body: { big: 'x'.repeat(2 * 1024 * 1024) } });

  assert.equal(wire.sent.length, 1);
});

test('a silent peer is gone within 45 s, one that answers pings stays', () => {
  const silent = Scene.loggedIn();
  silent.clock.advance(14_000);
  silent.connection.heard();
  silent.clock.advance(45_000);
  assert.equal(silent.wire.ending, 'cut');
  assert.equal(silent.clock.pending, 0);

  const alive = Scene.loggedIn();
  for (let count = 0; count < 20; count += 1) {
    alive.clock.advance(15_000);
    alive.connection.heard();
  }
  assert.equal(alive.wire.ending, undefined);
  assert.equal(alive.wire.pings, 20);
});

test('a connection that drains refuses new requests, answers the old ones, and goes', async () => {
  const scene = Scene.loggedIn();
  const answer = scene.broker.hold();
  await scene.receive(request);
  const drained = scene.connection.drain(30_000);

  await scene.receive({ ...request, tid: 'b' });
  const [refused] = scene.wire.take();
  assert.equal(fieldsOf(fieldsOf(refused).get('data')).get('name'), 'draining');
  answer({ result: 'ok', tid: 'a', data: [] });
  await drained;

  assert.deepEqual(scene.wire.take(), [{ result: 'ok', tid: 'a', data: [] }]);
  assert.equal(scene.wire.ending, '1001 draining');
  assert.equal(scene.clock.pending, 0);
});

test('a broker that breaks its word is reported and does not end the connection', async () => {
  const scene = Scene.loggedIn();
  scene.broker.answer = () => Promise.reject(new TypeError('a bug'));

  await scene.receive(request);

  assert.equal(String(scene.failures[0]), 'TypeError: a bug');
  assert.equal(scene.wire.ending, undefined);
});
