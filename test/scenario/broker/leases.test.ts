import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker } from '../../support/test-broker.ts';

const elsewhere = Object.freeze({ tenant: 'elsewhere', user: 'eve', grants: ['*'] });

async function lease(broker: TestBroker, caller: FakeCaller, ttl: number): Promise<string> {
  return String(dataOf(await broker.askLease(caller, 'open', { ttl }))['lease_id']);
}

test('a session ends with its lease, and not with its connection', async () => {
  const broker = new TestBroker();
  const [caller, listener] = [new FakeCaller(undefined, 'caller'), new FakeCaller(undefined, 'listener')];
  const lease_id = await lease(broker, caller, 10);
  const session_id = await broker.echo(caller, { lease_id });
  await broker.askCore(listener, 'event', 'subscribe', { class: 'media', obj_id: session_id });

  caller.leave();
  await broker.pass(9999);
  assert.deepEqual(broker.sessions.ids(), [session_id]);
  await broker.pass(1);

  assert.deepEqual(broker.sessions.ids(), []);
  assert.deepEqual(listener.events.at(-1)?.body, {
    code: 100010,
    reason: 'Registered process stopped',
    name: 'registered_down',
  });
  assert.deepEqual([broker.leases.size, broker.clock.pending], [0, 0]);
});

test('a lease lives as long as it is renewed', async () => {
  const broker = new TestBroker();
  const nats = new FakeCaller(undefined, 'nats', false);
  const lease_id = await lease(broker, nats, 10);
  const session_id = await broker.echo(nats, { lease_id });

  for (let renewal = 0; renewal < 5; renewal += 1) {
    await broker.pass(9000);
    assert.deepEqual((await broker.askLease(nats, 'renew', { lease_id })).data, { lease_id, ttl: 10 });
  }
  assert.deepEqual(broker.sessions.ids(), [session_id]);
  await broker.pass(10_000);

  assert.deepEqual(broker.sessions.ids(), []);
  assert.equal(errorOf(await broker.askLease(nats, 'renew', { lease_id })), 'not_found');
});

test('a lease that is closed ends its sessions at once, and only once', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const lease_id = await lease(broker, caller, 10);
  const leased = await broker.echo(caller, { lease_id });
  const free = await broker.echo(caller);

  await broker.askLease(caller, 'close', { lease_id });
  await broker.pass(20_000);

  assert.deepEqual(broker.sessions.ids(), [free]);
  assert.equal(
    caller.events.filter(({ obj_id, type }) => obj_id === leased && type === 'destroyed').length,
    1,
  );
  assert.equal(errorOf(await broker.askLease(caller, 'close', { lease_id })), 'not_found');
});

test('a session that ends before its lease takes nothing with it', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const lease_id = await lease(broker, caller, 10);
  const one = await broker.echo(caller, { lease_id });
  const other = await broker.echo(caller, { lease_id });

  await broker.ask(caller, 'destroy', { session_id: one });
  await broker.pass();

  assert.deepEqual([broker.sessions.ids(), broker.leases.size], [[other], 1]);
});

test('a lease that is unknown or of another tenant is not found', async () => {
  const broker = new TestBroker();
  const [owner, stranger] = [new FakeCaller(), new FakeCaller(elsewhere, 'stranger')];
  const lease_id = await lease(broker, owner, 10);
  const offer = { sdp: 'v=0' };

  for (const cmd of ['renew', 'close'])
    assert.equal(errorOf(await broker.askLease(stranger, cmd, { lease_id })), 'not_found', cmd);
  const refused = await broker.ask(stranger, 'create', { type: 'echo', offer, lease_id });
  assert.equal(errorOf(refused), 'not_found');
  assert.match(JSON.stringify(refused.data), /"hint":"data\.lease_id names no lease"/);
  const unknown = await broker.ask(owner, 'create', { type: 'echo', offer, lease_id: 'none' });
  assert.equal(errorOf(unknown), 'not_found');
  assert.equal(broker.sessions.counts.running, 0);
});

test('the time of a lease is one second to one day', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  for (const ttl of [0, 86_401, 1.5]) {
    const reply = await broker.askLease(caller, 'open', { ttl });
    assert.equal(errorOf(reply), 'syntax_error', String(ttl));
  }
  assert.equal(errorOf(await broker.askLease(caller, 'open')), 'missing_field');
  assert.equal(dataOf(await broker.askLease(caller, 'open', { ttl: 86_400 }))['ttl'], 86_400);
});
