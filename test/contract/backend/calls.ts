import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import type { LegRequest } from '#services/session';
import { Party } from './party.ts';
import type { BackendBench, BackendSubject } from './subject.ts';

/** A session that rings for the proxy `a`. */
export const ringing: Partial<LegRequest> = { type: 'bridge', role: 'offerer', peerId: sessionId('a') };

/** Connects `b` to `a`, and waits until both are told. */
export async function connect(caller: Party, callee: Party): Promise<void> {
  assert.equal(await callee.answer(), 'done');
  await caller.accept();
  await caller.isUp();
  await callee.isUp();
}

/** How a proxy and its bridges find each other, and who of them wins. */
export function calls(subject: BackendSubject): void {
  answering(subject);
  otherAnswers(subject);
  ringers(subject);
  ringersThatEnd(subject);
  if (subject.parts.includes('media')) media(subject);
}

function proxy(bench: BackendBench, request: Partial<LegRequest> = {}): Promise<Party> {
  return Party.offering(bench, 'a', { type: 'proxy', ...request });
}

function answering({ name, start }: BackendSubject): void {
  test(`${name} tells both ends of a bridge what they are, in order`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);

    const outcome = await callee.answer();
    await caller.says('type bridge b master videocall');

    assert.equal(outcome, 'done');
    assert.deepEqual(caller.said, ['type proxy videocall', 'done 1', 'type bridge b master videocall']);
    assert.deepEqual(callee.said, ['done 1', 'type bridge a slave videocall', 'done 2']);
  });

  test(`${name} does what the caller asks while nobody has answered once somebody has`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    caller.request({ type: 'update', media: { muteAudio: true } });
    await bench.quiet();
    const early = [...caller.said];

    await callee.answer();
    await caller.says('done 2');

    assert.deepEqual(early, ['type proxy videocall']);
  });

  test(`${name} keeps what a bridge is asked until its answer is there`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);

    const early = await callee.ask({ type: 'update', media: { muteVideo: true } });
    await callee.answer();

    assert.equal(early, 'done');
    await caller.says('done 1');
  });
}

function otherAnswers({ name, start, parts }: BackendSubject): void {
  test(`${name} fails a bridge to what is no proxy`, async () => {
    await using bench = await start();
    await using echo = await Party.offering(bench, 'a');
    await using callee = new Party(bench, 'b', ringing);

    await callee.says('failed 1 incompatible_session');
    await echo.says('done 1');
  });

  test(`${name} counts both ends of a bridge, or says that it cannot`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    await connect(caller, callee);

    const outcomes = [await caller.ask({ type: 'stats' }), await callee.ask({ type: 'stats' })];

    const expected = parts.includes('statistics') ? 'done' : 'not_implemented';
    assert.deepEqual(outcomes, [expected, expected]);
  });
}

function ringers({ name, start }: BackendSubject): void {
  test(`${name} takes the first answer of two bridges, and a loser leaves the others alone`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    const loser = new Party(bench, 'c', ringing);

    await connect(caller, callee);
    const lost = await loser.answer();
    await loser[Symbol.asyncDispose]();
    await bench.quiet();

    assert.equal(lost, 'already_answered');
    assert.deepEqual(caller.said, ['type proxy videocall', 'done 1', 'type bridge b master videocall']);
    assert.deepEqual(callee.said, ['done 1', 'type bridge a slave videocall', 'done 2']);
  });

  test(`${name} refuses a bridge that comes after the answer`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    await connect(caller, callee);

    await using late = new Party(bench, 'c', ringing);

    await late.says('failed 1 already_answered');
  });
}

function ringersThatEnd({ name, start }: BackendSubject): void {
  test(`${name} lets another one answer when a bridge is gone before it did`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    const first = new Party(bench, 'b', ringing);
    await first.says('done 1');

    await first[Symbol.asyncDispose]();
    await using second = new Party(bench, 'c', ringing);
    await connect(caller, second);

    assert.deepEqual(caller.said, ['type proxy videocall', 'done 1', 'type bridge c master videocall']);
  });

  test(`${name} ends those that ring with their caller`, async () => {
    await using bench = await start();
    const caller = await proxy(bench);
    await using first = new Party(bench, 'b', ringing);
    await using second = new Party(bench, 'c', ringing);
    await first.says('done 1');
    await second.says('done 1');

    await caller[Symbol.asyncDispose]();

    await first.says('gone peer_stopped');
    await second.says('gone peer_stopped');
  });
}

function media({ name, start }: BackendSubject): void {
  test(`${name} carries media both ways, and mutes each end alone`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    await connect(caller, callee);
    const [a, b] = [caller.client, callee.client];

    await bench.flow(a, b, 'audio', true);
    await bench.flow(b, a, 'video', true);
    await caller.ask({ type: 'update', media: { muteAudio: true } });
    await bench.flow(a, b, 'audio', false);
    await bench.flow(b, a, 'audio', true);
    await callee.ask({ type: 'update', media: { muteVideo: true } });
    await bench.flow(b, a, 'video', false);
    await caller.ask({ type: 'update', media: { muteAudio: false } });
    await bench.flow(a, b, 'audio', true);
  });

  test(`${name} begins a bridge with what its ends had muted`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench, { media: { muteAudio: true } });
    await using callee = new Party(bench, 'b', { ...ringing, media: { muteVideo: true } });

    await connect(caller, callee);

    await bench.flow(caller.client, callee.client, 'video', true);
    await bench.flow(callee.client, caller.client, 'audio', true);
    await bench.flow(caller.client, callee.client, 'audio', false);
    await bench.flow(callee.client, caller.client, 'video', false);
  });

  test(`${name} lets a bridge answer again when its answer was of no use`, async () => {
    await using bench = await start();
    await using caller = await proxy(bench);
    await using callee = new Party(bench, 'b', ringing);
    await callee.says('done 1');

    const refused = await callee.ask({ type: 'accept', answer: { sdp: bench.bad } });
    await connect(caller, callee);

    assert.equal(refused, 'invalid_sdp');
    await bench.flow(caller.client, callee.client, 'audio', true);
  });
}
