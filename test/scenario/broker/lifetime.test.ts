import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBackend } from '../../support/fake-backend.ts';
import { FakeCaller } from '../../support/fake-caller.ts';
import { errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

test('a session without an answer ends after wait_timeout, one with an answer after ready_timeout', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const answered = await broker.echo(caller, { wait_timeout: 1, ready_timeout: 5 });
  broker.backend.isSilent = true;
  const unanswered = broker.opening(caller, 'unanswered', { wait_timeout: 2 });

  await broker.pass(1999);
  assert.deepEqual(broker.sessions.ids(), [answered, 'unanswered']);
  await broker.pass(1);
  assert.deepEqual(broker.sessions.ids(), [answered]);
  await broker.pass(3000);

  assert.equal(errorOf(await unanswered), 'session_timeout');
  assert.deepEqual(broker.sessions.ids(), []);
  assert.deepEqual(
    caller.events.filter(({ type }) => type === 'destroyed').map(({ body }) => body),
    Array(2).fill({ code: 100060, reason: 'Session timeout', name: 'session_timeout' }),
  );
});

test('sessions end with their connection, and those of others live on', async () => {
  const broker = new TestBroker();
  const [leaving, staying] = [new FakeCaller(undefined, 'leaving'), new FakeCaller(undefined, 'staying')];
  const gone = await broker.echo(leaving);
  const kept = await broker.echo(staying);
  await broker.askCore(staying, 'event', 'subscribe', { class: 'media', obj_id: gone });

  leaving.leave();
  await broker.pass();

  assert.deepEqual(broker.sessions.ids(), [kept]);
  const farewell = staying.events.find(({ obj_id, type }) => obj_id === gone && type === 'destroyed');
  assert.deepEqual(farewell?.body, {
    code: 100010,
    reason: 'Registered process stopped',
    name: 'registered_down',
  });
  assert.equal(broker.subscriptions.size, 1);
});

test('a caller that never leaves, as over NATS and HTTP, has sessions that live by their timers', async () => {
  const broker = new TestBroker();
  const nats = new FakeCaller(undefined, 'nats', false);
  await broker.echo(nats, { ready_timeout: 3600 });

  await broker.pass(3_599_999);
  assert.equal(broker.sessions.counts.running, 1);
  await broker.pass(1);

  assert.equal(broker.sessions.counts.running, 0);
  assert.equal(broker.subscriptions.size, 0);
});

test('a slave ends with its master, unless it was told not to', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const master_id = await broker.echo(caller);
  const slave = await broker.echo(caller, { master_id });
  const free = await broker.echo(caller, { master_id, stop_after_peer: false });

  await broker.ask(caller, 'destroy', { session_id: master_id });
  await broker.pass();

  assert.deepEqual(broker.sessions.ids(), [free]);
  const farewell = caller.events.find(({ obj_id, type }) => obj_id === slave && type === 'destroyed');
  assert.deepEqual(farewell?.body, { code: 300021, reason: 'Peer session stopped', name: 'peer_stopped' });
});

test('a session in which a bug strikes ends alone, with a reference', async () => {
  const backend = new FakeBackend();
  const broker = new TestBroker({ backend });
  const caller = new FakeCaller();
  const other = await broker.echo(caller);
  const open = backend.open.bind(backend);
  backend.open = () => {
    throw new TypeError('a bug');
  };
  const reply = await broker.ask(caller, 'create', { type: 'echo', offer: { sdp: 'v=0' }, wait_reply: true });
  backend.open = open;
  await broker.echo(caller, { session_id: 'later' });

  assert.equal(errorOf(reply), 'internal_error');
  assert.match(JSON.stringify(reply.data), /"Internal error: [0-9a-f-]{36}"/);
  assert.deepEqual(broker.sessions.ids(), [other, 'later']);
});

test('after 1000 sessions nothing is left of them', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  for (let count = 0; count < 1000; count += 1) {
    const session_id = await broker.echo(caller, { wait_reply: count % 2 });
    await broker.ask(caller, 'destroy', { session_id });
  }
  await broker.pass();

  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.equal(broker.clock.pending, 0);
  assert.equal(broker.subscriptions.size, 0);
  assert.equal(
    broker.backend.legs.every(({ isDisposed }) => isDisposed),
    true,
  );
  assert.equal(typesOf(caller).filter((type) => type === 'destroyed').length, 1000);
});
