import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engines } from '#janus/adapter';
import { ConnectionLost } from '#services/kernel';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';

function ignore(): void {
  // These tests do not ask.
}

test('an engine takes legs once it has said who it is', async () => {
  await using engines = new Engines();
  const adding = engines.add('one', new FakeJanusConnection());

  const before = engines.list();
  assert.throws(() => engines.enter(ignore), { code: 'no_mediaserver' });
  await adding;

  assert.deepEqual(before, [{ id: 'one', health: 'starting', load: 0 }]);
  assert.deepEqual(engines.list(), [{ id: 'one', health: 'up', load: 0, version: '1.0.0' }]);
  assert.equal(engines.enter(ignore).engineId, 'one');
});

test('legs go to the engine with the least load', async () => {
  await using engines = new Engines();
  await engines.add('one', new FakeJanusConnection());
  await engines.add('two', new FakeJanusConnection());

  const seats = [engines.enter(ignore), engines.enter(ignore), engines.enter(ignore)];
  seats[1]?.[Symbol.dispose]();
  const next = engines.enter(ignore);

  assert.deepEqual(
    [...seats, next].map(({ engineId }) => engineId),
    ['one', 'two', 'one', 'two'],
  );
  assert.deepEqual(
    engines.list().map(({ load }) => load),
    [2, 1],
  );
});

test('a lost engine is down, tells its legs, and gets no more', async () => {
  await using engines = new Engines();
  const connection = new FakeJanusConnection();
  await engines.add('one', connection);
  await engines.add('two', new FakeJanusConnection());
  const told: string[] = [];
  engines.enter(() => told.push('first leg'));
  engines.enter(() => told.push('leg of the other engine'));

  connection.lose();

  assert.deepEqual(told, ['first leg']);
  assert.equal(engines.list()[0]?.health, 'down');
  assert.equal(engines.enter(ignore).engineId, 'two');
});

test('an engine that is lost before it said who it is stays down', async () => {
  await using engines = new Engines();
  const connection = new FakeJanusConnection();
  connection.unanswered.add('info');
  const adding = engines.add('one', connection);

  connection.lose();

  await assert.rejects(adding, ConnectionLost);
  assert.equal(engines.list()[0]?.health, 'down');
});

test('an engine that is down may be replaced, and one that is there may not', async () => {
  await using engines = new Engines();
  const connection = new FakeJanusConnection();
  await engines.add('one', connection);

  await assert.rejects(engines.add('one', new FakeJanusConnection()), RangeError);
  connection.lose();
  await engines.add('one', new FakeJanusConnection());

  assert.deepEqual(
    engines.list().map(({ health }) => health),
    ['up'],
  );
});

test('an engine announces its extensions, and one without has none', async () => {
  await using engines = new Engines();
  const plain = new FakeJanusConnection();
  plain.extensions = [];
  await engines.add('plain', plain);
  await engines.add('ours', new FakeJanusConnection());

  const extensions = [engines.enter(ignore), engines.enter(ignore)].map((seat) => [...seat.extensions]);

  assert.deepEqual(extensions, [[], ['echotest.data']]);
});

test('disposing closes the connections', async () => {
  const engines = new Engines();
  const connection = new FakeJanusConnection();
  await engines.add('one', connection);

  await engines[Symbol.asyncDispose]();

  assert.ok(connection.lost.aborted);
});
