import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../services/transport/turns.ts';
import { FakeClock, FakeTurns, settle } from '../../support/fake-clock.ts';

/** Serves requests that take as long as they say, and notes their order. */
class Desk {
  readonly clock = new FakeClock();
  readonly loop = new FakeTurns();
  readonly turns = new Turns(this.clock, this.loop.next);
  readonly #served: string[] = [];

  bring(name: string, tookMs: number, bytes = 100): void {
    const turn = this.turns.take(bytes);
    if (turn === undefined) this.#serve(name, tookMs);
    else void turn.then(() => this.#serve(name, tookMs));
  }

  /** What was served since the last time. */
  served(): string[] {
    return this.#served.splice(0);
  }

  /** What is served after the event loop has been once at its timers and I/O. */
  async nextTurn(): Promise<string[]> {
    const before = this.#served.length;
    await this.loop.come();
    assert.equal(this.#served.length, before);
    await this.loop.come();
    return this.served();
  }

  #serve(name: string, tookMs: number): void {
    this.#served.push(name);
    this.clock.hold(tookMs);
  }
}

test('what comes while little was done is served at once', () => {
  const desk = new Desk();

  for (let count = 0; count < 100; count += 1) desk.bring('small', 0.03);

  assert.equal(desk.served().length, 100);
  assert.equal(desk.turns.size, 0);
});

test('after 4 ms the next ones wait for the next turn, which has 4 ms again', async () => {
  const desk = new Desk();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) desk.bring(name, 3);

  assert.deepEqual(desk.served(), ['a', 'b']);
  assert.deepEqual(await desk.nextTurn(), ['c', 'd']);
  assert.deepEqual(await desk.nextTurn(), ['e', 'f']);
  assert.deepEqual(await desk.nextTurn(), []);
  assert.equal(desk.loop.pending, 0);
});

test('one that takes longer than a turn has the turn to itself', async () => {
  const desk = new Desk();
  for (const name of ['a', 'b', 'c']) desk.bring(name, 20);

  assert.deepEqual(desk.served(), ['a']);
  assert.deepEqual(await desk.nextTurn(), ['b']);
  assert.deepEqual(await desk.nextTurn(), ['c']);
});

test('nobody is overtaken by who comes later, not even in a turn with time left', async () => {
  const desk = new Desk();
  desk.bring('a', 20);
  desk.bring('b', 1);
  const late = desk.turns.take(1)?.then(() => desk.bring('d', 1));
  desk.bring('c', 1);
  void late?.then(() => desk.bring('e', 1));

  assert.deepEqual(desk.served(), ['a']);
  assert.deepEqual(await desk.nextTurn(), ['b', 'c', 'd', 'e']);
});

test('once nobody waits and a turn is over, the next is served at once again', async () => {
  const desk = new Desk();
  desk.bring('a', 20);
  await desk.nextTurn();

  desk.bring('b', 20);

  assert.deepEqual(desk.served(), ['b']);
});

test('it is full when 32 MiB wait, and no longer when some of them were served', async () => {
  const desk = new Desk();
  desk.bring('a', 20);
  for (let count = 0; count < 32; count += 1) {
    assert.equal(desk.turns.isFull, false);
    desk.bring('large', 20, 1024 * 1024);
  }
  assert.equal(desk.turns.isFull, true);

  await desk.nextTurn();

  assert.equal(desk.turns.isFull, false);
  assert.equal(desk.turns.size, 31);
});

test('at the end all that wait go on, and nobody waits from then on', async () => {
  const desk = new Desk();
  desk.bring('a', 20);
  desk.bring('b', 20);
  desk.bring('c', 20);

  desk.turns[Symbol.dispose]();
  desk.turns[Symbol.dispose]();
  await settle();
  desk.bring('d', 20);

  assert.deepEqual(desk.served(), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await desk.nextTurn(), []);
  assert.equal(desk.loop.pending, 0);
});
