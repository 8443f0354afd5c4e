import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

test('who creates a session hears it from created on, with what it wants added', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  await broker.echo(caller, { event_body: { room: 7, code: 1 } });
  await broker.ask(caller, 'destroy', { session_id: caller.events[0]?.obj_id });

  assert.deepEqual(typesOf(caller), ['created', 'answer', 'destroyed']);
  assert.deepEqual(caller.events.at(-1)?.body, {
    room: 7,
    code: 100011,
    reason: 'User stop',
    name: 'user_stop',
  });
});

test('with subscribe false the creator hears nothing, or just what session_events names', async () => {
  const broker = new TestBroker();
  const [deaf, choosy] = [new FakeCaller(undefined, 'deaf'), new FakeCaller(undefined, 'choosy')];
  const direct = { session_events: ['answer'], session_events_body: { tag: 1 } };

  await broker.echo(deaf, { subscribe: false });
  await broker.echo(choosy, { subscribe: false, ...direct });
  await broker.pass();

  assert.deepEqual(deaf.events, []);
  assert.deepEqual(typesOf(choosy), ['answer']);
  assert.equal(Reflect.get(choosy.events[0]?.body ?? {}, 'tag'), 1);
});

test('with both kinds of subscription each event comes once', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  await broker.echo(caller, { session_events: ['answer', 'created'], session_events_body: { tag: 1 } });
  await broker.pass();

  assert.deepEqual(
    caller.events.map(({ type, body }) => `${type} ${String(Reflect.get(body, 'tag'))}`),
    ['created 1', 'answer 1'],
  );
});

test('subscribe takes wildcards and lists, and unsubscribe ends just that', async () => {
  const broker = new TestBroker();
  const [caller, creator] = [new FakeCaller(undefined, 'a'), new FakeCaller(undefined, 'b')];
  await broker.askCore(caller, 'event', 'subscribe', { class: 'media', type: ['destroyed'], body: { a: 1 } });
  await broker.askCore(caller, 'event', 'subscribe', { class: 'media', subclass: 'session', type: 'answer' });
  const subscriptions = await broker.askCore(caller, 'event', 'get_subscriptions');

  await broker.askCore(caller, 'event', 'unsubscribe', { class: 'media', type: 'nothing' });
  await broker.askCore(caller, 'event', 'unsubscribe', { class: 'media', type: 'destroyed' });
  const session_id = await broker.echo(creator);
  await broker.pass();
  await broker.ask(creator, 'destroy', { session_id });

  assert.deepEqual(subscriptions.data, [
    { class: 'media', subclass: '*', type: 'destroyed', obj_id: '*', body: { a: 1 } },
    { class: 'media', subclass: 'session', type: 'answer', obj_id: '*' },
  ]);
  assert.deepEqual(typesOf(caller), ['answer']);
});

test('a subscription to one object ends with it', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller);

  await broker.ask(caller, 'destroy', { session_id });

  assert.deepEqual((await broker.askCore(caller, 'event', 'get_subscriptions')).data, []);
});

test('after_seq replays what was missed, then goes on without a gap', async () => {
  const broker = new TestBroker();
  const [creator, late] = [new FakeCaller(undefined, 'creator'), new FakeCaller(undefined, 'late')];
  const session_id = await broker.echo(creator);
  await broker.pass();

  await broker.askCore(late, 'event', 'subscribe', { class: 'media', obj_id: session_id, after_seq: 1 });
  await broker.ask(creator, 'destroy', { session_id });

  assert.deepEqual(
    late.events.map(({ seq, type }) => `${seq} ${type}`),
    ['2 answer', '3 destroyed'],
  );
});

test('after the end of a session its last events can still be had', async () => {
  const broker = new TestBroker();
  const [creator, late] = [new FakeCaller(undefined, 'creator'), new FakeCaller(undefined, 'late')];
  const session_id = await broker.echo(creator);
  await broker.ask(creator, 'destroy', { session_id });

  await broker.askCore(late, 'event', 'subscribe', { class: 'media', obj_id: session_id, after_seq: 0 });

  assert.deepEqual(typesOf(late), ['created', 'answer', 'destroyed']);
});

test('where a transport takes no events, subscribe answers those that are kept', async () => {
  const broker = new TestBroker();
  const nats = new FakeCaller(undefined, 'nats', false);
  const session_id = await broker.echo(nats);
  await broker.pass();
  const ask = { class: 'media', subclass: 'session', obj_id: session_id };

  const kept = await broker.askCore(nats, 'event', 'subscribe', { ...ask, after_seq: 1 });
  const refused = await broker.askCore(nats, 'event', 'subscribe', ask);
  const vague = await broker.askCore(nats, 'event', 'subscribe', { class: 'media', after_seq: 0 });

  const { events } = dataOf(kept);
  assert.ok(Array.isArray(events));
  assert.deepEqual(
    events.map(
      (event: object) => `${String(Reflect.get(event, 'seq'))} ${String(Reflect.get(event, 'type'))}`,
    ),
    ['2 answer'],
  );
  assert.deepEqual([refused, vague].map(errorOf), ['not_implemented', 'invalid_parameters']);
  assert.match(JSON.stringify(refused.data), /"hint":"events do not come this way: .*media\.event\./);
  assert.deepEqual((await broker.askCore(nats, 'event', 'get_subscriptions')).data, []);
  assert.equal((await broker.askCore(nats, 'event', 'unsubscribe', ask)).result, 'ok');
  assert.equal(broker.subscriptions.size, 0);
});

test('a body that would be sent with every event has a greatest size', async () => {
  const broker = new TestBroker();
  const body = { text: 'x'.repeat(16_384) };

  const reply = await broker.askCore(new FakeCaller(), 'event', 'subscribe', { class: 'media', body });

  assert.equal(errorOf(reply), 'syntax_error');
});
