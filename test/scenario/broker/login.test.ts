import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker } from '../../support/test-broker.ts';

test('a connection logs in first, as anyone, and once', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller(null, 'connection');

  const early = await broker.ask(caller, 'get_list');
  const login = await broker.askCore(caller, 'user', 'login', {
    user: 'ada@example.org',
    pass: 'x',
    lang: 'en',
  });
  const again = await broker.askCore(caller, 'user', 'login', { user: 'bob' });
  const list = await broker.ask(caller, 'get_list');

  assert.equal(errorOf(early), 'not_authenticated');
  assert.deepEqual(dataOf(login), { session_id: 'connection' });
  assert.equal(errorOf(again), 'already_authenticated');
  assert.equal(list.result, 'ok');
  assert.deepEqual(caller.events, [], 'any field is welcome at login');
});

test('who logged in is named in what it makes, and hears what concerns it', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller(null, 'connection');
  await broker.askCore(caller, 'user', 'login', { user: 'ada' });

  const session_id = await broker.echo(caller);

  const info = dataOf(await broker.ask(caller, 'get_info', { session_id }));
  assert.deepEqual([info['user_id'], info['user_session']], ['ada', 'connection']);
  const { data } = await broker.askCore(caller, 'event', 'get_subscriptions');
  assert.deepEqual(data, [
    { class: 'core', subclass: 'user_event', type: '*', obj_id: 'ada' },
    { class: 'core', subclass: 'session_event', type: '*', obj_id: 'connection' },
    { class: 'media', subclass: 'session', type: '*', obj_id: session_id },
  ]);
});

test('ping is answered, with or without a subclass', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  for (const body of [
    { class: 'core', cmd: 'ping', tid: 1 },
    { class: 'core', subclass: '', cmd: 'ping', tid: 1 },
    { class: 'core', subclass: 'core', cmd: 'ping', tid: 1, data: { time: 60 } },
  ])
    assert.deepEqual(await broker.send(caller, body), { result: 'ok', tid: 1, data: {} });
});
