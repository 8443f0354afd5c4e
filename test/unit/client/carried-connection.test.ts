import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CarriedConnection, type CarrierReceiver } from '#janus/client';
import { ConnectionLost } from '#services/kernel';
import { FakeClock, settle } from '../../support/fake-clock.ts';

interface Wire {
  readonly clock: FakeClock;
  readonly sent: object[];
  readonly faults: unknown[];
  readonly connection: CarriedConnection;
  readonly receiver: CarrierReceiver;
  isClosed: boolean;
}

const never = new AbortController().signal;

function wire(apiSecret?: string): Wire {
  const clock = new FakeClock();
  const sent: object[] = [];
  const faults: unknown[] = [];
  let receiver: CarrierReceiver | undefined;
  const connection = new CarriedConnection(
    (given) => {
      receiver = given;
      return {
        send: (message) => sent.push(message),
        [Symbol.dispose]: () => {
          made.isClosed = true;
        },
      };
    },
    { clock, fault: (cause) => faults.push(cause), ...(apiSecret !== undefined && { apiSecret }) },
  );
  assert.ok(receiver);
  const made = { clock, sent, faults, connection, receiver, isClosed: false };
  return made;
}

test('requests get transactions that are not used twice', () => {
  const { connection, sent } = wire();

  void connection.request({ janus: 'info' }, never);
  void connection.request({ janus: 'create' }, never);

  assert.deepEqual(sent, [
    { janus: 'info', transaction: '1' },
    { janus: 'create', transaction: '2' },
  ]);
});

test('the secret of the Janus API goes with each request', () => {
  const { connection, sent } = wire('hush');

  void connection.request({ janus: 'create' }, never);

  assert.deepEqual(sent, [{ janus: 'create', transaction: '1', apisecret: 'hush' }]);
});

test('silence of 30 s rejects with timeout, and no timer stays', async () => {
  const { clock, connection } = wire();
  const reply = assert.rejects(connection.request({ janus: 'create' }, never), { code: 'timeout' });

  await clock.run(60_000);

  await reply;
  assert.equal(clock.pending, 0);
});

test('a lost carrier rejects what waits, tells it, and refuses what is asked later', async () => {
  const { connection, receiver, clock } = wire();
  const waiting = assert.rejects(connection.request({ janus: 'create' }, never), ConnectionLost);

  receiver.lost(new Error('reset by peer'));

  await waiting;
  assert.ok(connection.lost.reason instanceof ConnectionLost);
  await assert.rejects(connection.request({ janus: 'create' }, never), ConnectionLost);
  assert.equal(clock.pending, 0);
});

test('what is no message of Janus is counted and dropped', () => {
  const { connection, receiver } = wire();

  receiver.received({ janus: 'gibberish' });
  receiver.received('text');

  assert.equal(connection.unreadable, 2);
});

test('a listener that throws is reported, and the next one is told', async () => {
  const { connection, receiver, faults } = wire();
  const told: string[] = [];
  connection.subscribe(1, () => {
    throw new Error('a bug');
  });
  connection.subscribe(1, ({ janus }) => told.push(janus));

  receiver.received({ janus: 'timeout', session_id: 1 });
  await settle();

  assert.deepEqual(told, ['timeout']);
  assert.equal(faults.length, 1);
});

test('disposing closes the carrier, once', async () => {
  const made = wire();

  await made.connection[Symbol.asyncDispose]();
  await made.connection[Symbol.asyncDispose]();

  assert.ok(made.isClosed);
});
