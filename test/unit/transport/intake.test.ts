import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake } from '../../../services/transport/intake.ts';
import { Turns } from '../../../services/transport/turns.ts';
import { FakeClock, FakeTurns } from '../../support/fake-clock.ts';

/** Two sources whose messages take 3 ms each. */
class Stage {
  readonly clock = new FakeClock();
  readonly #loop = new FakeTurns();
  readonly #turns = new Turns(this.clock, this.#loop.next);
  readonly seen: string[] = [];
  readonly first = this.#intake('first');
  readonly second = this.#intake('second');

  #intake(name: string): Intake<Buffer> {
    const source = {
      pause: () => void this.seen.push(`${name} pauses`),
      resume: () => void this.seen.push(`${name} resumes`),
    };
    return new Intake(this.#turns, source, (bytes: Buffer) => {
      this.seen.push(bytes.toString());
      this.clock.hold(3);
    });
  }

  async nextTurn(): Promise<void> {
    this.seen.length = 0;
    await this.#loop.come();
    await this.#loop.come();
  }
}

test('what may be handed on at once is, and its source is left alone', () => {
  const { first, second, seen } = new Stage();

  first.take(Buffer.from('a'));
  second.take(Buffer.from('b'));

  assert.deepEqual(seen, ['a', 'b']);
});

test('a source is not read while something of it waits, and again once nothing does', async () => {
  const stage = new Stage();
  const { first, second, seen } = stage;
  for (const text of ['a', 'b', 'c']) first.take(Buffer.from(text));
  second.take(Buffer.from('d'));
  first.take(Buffer.from('e'));
  assert.deepEqual(seen, ['a', 'b', 'first pauses', 'second pauses', 'first pauses']);

  await stage.nextTurn();
  assert.deepEqual(seen, ['c', 'second resumes', 'd']);

  await stage.nextTurn();
  assert.deepEqual(seen, ['first resumes', 'e']);
});
