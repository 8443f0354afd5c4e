import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, ringing } from './calls.ts';
import { Party } from './party.ts';
import type { BackendBench, BackendSubject } from './subject.ts';

/** How the two ends of an answered bridge part. */
export function callEnds(subject: BackendSubject): void {
  hangUps(subject);
  disposals(subject);
  if (subject.parts.includes('moments')) moments(subject);
}

async function call(bench: BackendBench): Promise<readonly [Party, Party]> {
  const caller = await Party.offering(bench, 'a', { type: 'proxy' });
  const callee = new Party(bench, 'b', ringing);
  await connect(caller, callee);
  return [caller, callee];
}

function hangUps({ name, start }: BackendSubject): void {
  for (const who of ['caller', 'callee'] as const)
    test(`${name} tells who hung up of its own end, and the other one of its peer's: the ${who}`, async () => {
      await using bench = await start();
      const [caller, callee] = await call(bench);
      const [self, other] = who === 'caller' ? [caller, callee] : [callee, caller];

      self.client.hangUp();
      await self.says('gone normal_termination');
      await other.says('peer_left');
      await bench.quiet();

      assert.equal(self.said.at(-1), 'gone normal_termination');
      assert.equal(other.said.at(-1), 'peer_left');
      assert.equal(other.said.filter((text) => text === 'peer_left').length, 1);
      await self[Symbol.asyncDispose]();
      const updated = await other.ask({ type: 'update', media: { muteAudio: true } });
      await other[Symbol.asyncDispose]();
      assert.equal(updated, 'done');
      assert.equal(bench.remains(), 0);
    });

  test(`${name} tells nothing of a client that hangs up after the other end was gone`, async () => {
    await using bench = await start();
    const [caller, callee] = await call(bench);

    callee.client.hangUp();
    await caller.says('peer_left');
    caller.client.hangUp();
    await bench.quiet();

    assert.equal(caller.said.at(-1), 'peer_left');
    await callee[Symbol.asyncDispose]();
    await caller[Symbol.asyncDispose]();
    assert.equal(bench.remains(), 0);
  });
}

function disposals({ name, start }: BackendSubject): void {
  for (const who of ['caller', 'callee'] as const)
    test(`${name} tells one end of a bridge that the other was disposed: the ${who}`, async () => {
      await using bench = await start();
      const [caller, callee] = await call(bench);
      const [self, other] = who === 'caller' ? [caller, callee] : [callee, caller];

      await self[Symbol.asyncDispose]();
      await other.says('peer_left');
      await bench.quiet();

      assert.equal(other.said.filter((text) => text === 'peer_left').length, 1);
      assert.equal(other.said.at(-1), 'peer_left');
      await other[Symbol.asyncDispose]();
      assert.equal(bench.remains(), 0);
    });

  test(`${name} leaves nothing of a call whose ends are disposed at once`, async () => {
    await using bench = await start();
    const [caller, callee] = await call(bench);

    await Promise.all([callee[Symbol.asyncDispose](), caller[Symbol.asyncDispose]()]);
    await bench.quiet();

    assert.equal(bench.remains(), 0);
  });
}

function moments({ name, start }: BackendSubject): void {
  test(`${name} leaves nothing of a call that is left at any moment while it is answered`, async () => {
    await using bench = await start();

    for (let turns = 0; turns < 60; turns += 3) {
      const caller = await Party.offering(bench, 'a', { type: 'proxy' });
      const callee = new Party(bench, 'b', ringing);
      await callee.says('done 1');
      callee.request({ type: 'accept', answer: { sdp: await callee.client.answer(callee.sdp) } });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const [first, second] = turns % 2 === 0 ? [caller, callee] : [callee, caller];
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    }
    await bench.quiet();

    assert.equal(bench.remains(), 0);
  });
}
