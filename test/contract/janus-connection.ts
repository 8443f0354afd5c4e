import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusError, type JanusConnection } from '#janus/client';
import type { JanusEvent, JanusReply, JanusRequest } from '#janus/protocol';
import { ConnectionLost, systemClock } from '#services/kernel';
import { settle } from '../support/fake-clock.ts';

type Start = () => Promise<JanusConnection>;

const never = new AbortController().signal;
const echotest = 'janus.plugin.echotest';

/** What `JanusConnection` promises, on a Janus that has an echotest. */
export function janusConnectionContract(name: string, start: Start): void {
  replies(name, start);
  refusals(name, start);
  events(name, start);
  endings(name, start);
}

function replies(name: string, start: Start): void {
  test(`${name}: sessions and handles come and go, with ids that are integers`, async () => {
    await using connection = await start();

    const session_id = await create(connection);
    const handle_id = await attach(connection, session_id);
    const detached = await connection.request({ janus: 'detach', session_id, handle_id }, never);
    const destroyed = await connection.request({ janus: 'destroy', session_id }, never);

    assert.ok([session_id, handle_id].every((id) => Number.isSafeInteger(id) && id > 0));
    assert.deepEqual([detached.janus, destroyed.janus], ['success', 'success']);
  });

  test(`${name}: a message is answered by what the plugin says, not by the ack`, async () => {
    await using connection = await start();
    const { session_id, handle_id } = await echo(connection);

    const message = { janus: 'message', session_id, handle_id, body: { audio: false } } as const;
    const reply = await connection.request(message, never);

    assert.deepEqual(pluginData(reply), { echotest: 'event', result: 'ok' });
  });

  test(`${name}: keepalive and trickle are answered by the ack`, async () => {
    await using connection = await start();
    const { session_id, handle_id } = await echo(connection);
    const candidate = { completed: true } as const;

    const kept = await connection.request({ janus: 'keepalive', session_id }, never);
    const trickled = await connection.request({ janus: 'trickle', session_id, handle_id, candidate }, never);

    assert.deepEqual([kept.janus, trickled.janus], ['ack', 'ack']);
  });

  test(`${name}: info tells who the server is`, async () => {
    await using connection = await start();

    const reply = await connection.request({ janus: 'info' }, never);

    assert.equal(reply.janus, 'server_info');
    assert.ok(reply.data && 'version_string' in reply.data);
  });

  test(`${name}: replies find their requests, however many are under way`, async () => {
    await using connection = await start();

    const ids = await Promise.all(Array.from({ length: 200 }, () => create(connection)));

    assert.equal(new Set(ids).size, 200);
  });
}

function refusals(name: string, start: Start): void {
  test(`${name}: what Janus refuses has Janus' number and no plugin`, async () => {
    await using connection = await start();

    const refused = connection.request({ janus: 'keepalive', session_id: 4711 }, never);

    await assert.rejects(refused, (cause) => cause instanceof JanusError && isRefusal(cause, 458));
  });

  test(`${name}: what the plugin refuses has the plugin's number and name`, async () => {
    await using connection = await start();
    const { session_id, handle_id } = await echo(connection);

    const refused = connection.request({ janus: 'message', session_id, handle_id, body: {} }, never);

    await assert.rejects(refused, (cause) => cause instanceof JanusError && isRefusal(cause, 413, echotest));
  });
}

function events(name: string, start: Start): void {
  test(`${name}: events of a session reach who listens to it, in order, and nobody else`, async () => {
    await using connection = await start();
    const one = await echo(connection);
    const two = await echo(connection);
    const [toldOne, toldTwo]: [JanusEvent[], JanusEvent[]] = [[], []];
    // What the plugin adds of its own is its own affair.
    const keep = (told: JanusEvent[]) => (event: JanusEvent) => {
      if (event.janus !== 'event') told.push(event);
    };
    connection.subscribe(one.session_id, keep(toldOne));
    connection.subscribe(two.session_id, keep(toldTwo));

    const second = await attach(connection, one.session_id);
    await connection.request({ janus: 'detach', ...one }, never);
    await connection.request({ janus: 'detach', session_id: one.session_id, handle_id: second }, never);
    await until(() => toldOne.length === 2);

    const detached = [one.handle_id, second].map((sender) => ({ janus: 'detached', sender }));
    assert.deepEqual(toldOne, detached);
    assert.deepEqual(toldTwo, []);
  });

  test(`${name}: who stops listening is told nothing more`, async () => {
    await using connection = await start();
    const handle = await echo(connection);
    const [told, toldOthers]: [JanusEvent[], JanusEvent[]] = [[], []];
    const subscription = connection.subscribe(handle.session_id, (event) => told.push(event));
    connection.subscribe(handle.session_id, (event) => toldOthers.push(event));

    subscription[Symbol.dispose]();
    await connection.request({ janus: 'detach', ...handle }, never);
    await until(() => toldOthers.some(({ janus }) => janus === 'detached'));

    assert.deepEqual(told, []);
  });
}

function endings(name: string, start: Start): void {
  test(`${name}: an aborted request rejects with the reason, at once`, async () => {
    await using connection = await start();
    const controller = new AbortController();
    const reason = new Error('not wanted any more');
    const request = connection.request({ janus: 'create' }, controller.signal);

    controller.abort(reason);

    await assert.rejects(request, reason);
    await assert.rejects(connection.request({ janus: 'info' }, controller.signal), reason);
  });

  test(`${name}: disposing rejects what waits and what comes later, tells it, and may be done twice`, async () => {
    const connection = await start();
    const before = connection.lost.aborted;
    const waiting = assert.rejects(connection.request({ janus: 'info' }, never), ConnectionLost);

    await connection[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();

    await waiting;
    await assert.rejects(connection.request({ janus: 'info' }, never), ConnectionLost);
    assert.equal(before, false);
    assert.ok(connection.lost.reason instanceof ConnectionLost);
  });
}

async function create(connection: JanusConnection): Promise<number> {
  // Of its own, because a signal warns of its eleventh listener.
  return idOf(await connection.request({ janus: 'create' }, new AbortController().signal));
}

async function attach(connection: JanusConnection, session_id: number): Promise<number> {
  const request: JanusRequest = { janus: 'attach', session_id, plugin: echotest };
  return idOf(await connection.request(request, never));
}

async function echo(
  connection: JanusConnection,
): Promise<{ readonly session_id: number; readonly handle_id: number }> {
  const session_id = await create(connection);
  return { session_id, handle_id: await attach(connection, session_id) };
}

function idOf(reply: JanusReply): number {
  assert.ok(reply.janus === 'success' && reply.data && 'id' in reply.data);
  const { id } = reply.data;
  assert.ok(typeof id === 'number');
  return id;
}

function pluginData(reply: JanusReply): object | undefined {
  return reply.plugindata?.data;
}

function isRefusal({ number, plugin }: JanusError, expected: number, by?: string): boolean {
  return number === expected && plugin === by;
}

/** A real Janus tells an event and answers a request from threads of their own, in either order. */
const arrivalMs = 2000;

/** Waits for what has been sent already; asserts that it comes. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = systemClock.now() + arrivalMs;
  while (!holds() && systemClock.now() < deadline) await settle();
  assert.ok(holds(), `what was awaited has not come within ${arrivalMs} ms`);
}
