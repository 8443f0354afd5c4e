import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventPublisher, Subscriptions, type EventObject, type EventPattern } from '#services/broker';
import { FakeCaller } from '../../support/fake-caller.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const everything: EventPattern = { class: 'media', subclass: '*', types: undefined, obj_id: '*' };

interface Run {
  readonly events: EventPublisher;
  readonly subscriptions: Subscriptions;
  readonly caller: FakeCaller;
}

function run(onFailure: (cause: unknown) => void = assert.ifError): Run {
  const events = new EventPublisher(new FakeClock(), 'node0001', onFailure);
  return { events, subscriptions: new Subscriptions(events, onFailure), caller: new FakeCaller() };
}

function session(id: string): EventObject {
  return { class: 'media', subclass: 'session', obj_id: id };
}

function heard({ events }: FakeCaller): string[] {
  return events.map(({ obj_id, type, seq }) => `${obj_id} ${type} ${seq}`);
}

test('each part of a pattern is a word or any', () => {
  const { events, subscriptions, caller } = run();
  const patterns: [string, EventPattern][] = [
    ['all', { ...everything, class: '*' }],
    ['sessions', { ...everything, subclass: 'session' }],
    ['types', { ...everything, types: ['answer', 'destroyed'] }],
    ['object', { ...everything, obj_id: 'a' }],
    ['other', { ...everything, class: 'core' }],
  ];
  const callers = patterns.map(([name, pattern]) => {
    const one = new FakeCaller(undefined, name);
    subscriptions.add(one, pattern);
    return one;
  });

  events.publish(session('a'), 'answer', {});
  events.publish({ class: 'media', subclass: 'room', obj_id: 'b' }, 'created', {});

  assert.deepEqual(
    callers.map((one) => one.events.map(({ obj_id }) => obj_id).join(' ')),
    ['a b', 'a', 'a', 'a', ''],
  );
  assert.deepEqual(caller.events, []);
});

test('an event that several subscriptions match comes once, with all bodies under its own', () => {
  const { events, subscriptions, caller } = run();
  const about = session('a');
  subscriptions.add(caller, { ...everything, obj_id: 'a', body: { from: 'exact', exact: 1 } });
  subscriptions.add(caller, { ...everything, body: { from: 'wide', wide: 1, code: 0 } });
  subscriptions.add(caller, { ...everything, types: ['destroyed'], body: 'no object' });

  events.publish(about, 'destroyed', { code: 100011 });

  assert.deepEqual(
    caller.events.map(({ body }) => body),
    [{ from: 'exact', wide: 1, exact: 1, code: 100011 }],
  );
});

test('a prototype name in a body stays a key like any other', () => {
  const { events, subscriptions, caller } = run();
  const body: unknown = JSON.parse('{"__proto__": {"isAdmin": true}}');
  subscriptions.add(caller, { ...everything, body });

  events.publish(session('a'), 'status', {});

  assert.equal(JSON.stringify(caller.events[0]?.body), '{"__proto__":{"isAdmin":true}}');
});

test('what was kept comes first, from the number after the one named, if it matches', () => {
  const { events, subscriptions, caller } = run();
  for (const type of ['created', 'answer', 'status']) events.publish(session('a'), type, {});

  subscriptions.add(caller, { ...everything, types: ['answer', 'status'], obj_id: 'a' }, 0);
  events.publish(session('a'), 'status', {});

  assert.deepEqual(heard(caller), ['a answer 2', 'a status 3', 'a status 4']);
});

test('a subscription ends when it is removed, with its object, and with its caller', () => {
  const { events, subscriptions, caller } = run();
  const [bored, absent] = [new FakeCaller(undefined, 'bored'), new FakeCaller(undefined, 'absent')];
  for (const one of [caller, bored, absent]) subscriptions.add(one, { ...everything, obj_id: 'a' });

  subscriptions.remove(bored, { ...everything, obj_id: 'a' });
  subscriptions.remove(bored, everything);
  absent.leave();
  events.publish(session('a'), 'destroyed', {});
  events.end(session('a'));
  events.publish(session('a'), 'created', {});

  assert.deepEqual([caller, bored, absent].map(heard), [['a destroyed 1'], [], []]);
  assert.equal(subscriptions.size, 0);
});

test('the end of one object leaves subscriptions to others and to all', () => {
  const { events, subscriptions, caller } = run();
  subscriptions.add(caller, { ...everything, obj_id: 'a' });
  subscriptions.add(caller, { ...everything, subclass: 'room', obj_id: 'a' });
  subscriptions.add(caller, everything);
  events.publish(session('a'), 'destroyed', {});

  events.end(session('a'));

  assert.deepEqual(
    subscriptions.of(caller).map(({ subclass, obj_id }) => `${subclass} ${obj_id}`),
    ['room a', '* *'],
  );
});

test('what belongs to another tenant is not told, neither now nor later', () => {
  const { events, subscriptions, caller } = run();
  const eve = new FakeCaller({ tenant: 'other', user: 'eve', grants: ['*'] }, 'eve');
  const foreign: EventObject = { ...session('a'), tenant: 'other' };
  events.publish(foreign, 'created', {});

  for (const one of [caller, eve]) subscriptions.add(one, { ...everything, obj_id: 'a' }, 0);
  subscriptions.add(caller, everything);
  events.publish(foreign, 'answer', {});

  assert.deepEqual([caller, eve].map(heard), [[], ['a created 1', 'a answer 2']]);
});

test('the same pattern again replaces the body', () => {
  const { subscriptions, caller } = run();

  subscriptions.add(caller, { ...everything, body: { first: true } });
  subscriptions.add(caller, { ...everything, body: { second: true } });

  assert.deepEqual(
    subscriptions.of(caller).map(({ body }) => body),
    [{ second: true }],
  );
});

test('a caller has at most 4096 subscriptions, and what it dropped makes room', () => {
  const { subscriptions, caller } = run();
  const pattern = (count: number): EventPattern => ({ ...everything, obj_id: String(count) });
  for (let count = 0; count < 4096; count += 1) subscriptions.add(caller, pattern(count));

  assert.throws(() => subscriptions.add(caller, pattern(4096)), { code: 'overload' });
  subscriptions.remove(caller, pattern(0));
  subscriptions.add(caller, pattern(4096));

  assert.equal(subscriptions.of(caller).length, 4096);
});

test('a caller that throws is reported and keeps nothing from the others', () => {
  const failures: unknown[] = [];
  const { events, subscriptions, caller } = run((cause) => failures.push(cause));
  const broken = new FakeCaller(undefined, 'broken');
  broken.push = () => {
    throw new TypeError('broken');
  };
  subscriptions.add(broken, everything);
  subscriptions.add(caller, everything);

  events.publish(session('a'), 'status', {});

  assert.deepEqual([failures.length, heard(caller)], [1, ['a status 1']]);
});

test('disposal ends all of them', () => {
  const { events, subscriptions, caller } = run();
  subscriptions.add(caller, everything);

  subscriptions[Symbol.dispose]();
  events.publish(session('a'), 'status', {});

  assert.deepEqual([heard(caller), subscriptions.size], [[], 0]);
});
