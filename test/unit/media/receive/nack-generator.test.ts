import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NackGenerator } from '#janus/media';

function after(...numbers: readonly number[]): NackGenerator {
  const generator = new NackGenerator();
  for (const number of numbers) generator.received(number, 0);
  return generator;
}

/** When a gap at 0 is asked for, until nothing is asked for any more. */
function tries(generator: NackGenerator, roundTripMs?: number): number[] {
  const times: number[] = [];
  for (let now = generator.deadline; now < Infinity; now = generator.deadline)
    if (generator.due(now, roundTripMs).length > 0) times.push(now);
  return times;
}

test('a gap is asked for after a moment, again after each round trip and a half, and then given up', () => {
  const generator = after(100, 103);

  assert.equal(generator.deadline, 12);
  assert.deepEqual(generator.due(11), []);
  assert.deepEqual(generator.due(12, 60), [101, 102]);
  assert.equal(generator.deadline, 102);
  assert.deepEqual(generator.due(101, 60), []);
  assert.deepEqual(tries(generator, 60), [102, 192, 282, 372, 462]);
  assert.deepEqual(generator.due(10_000), []);
  assert.ok(generator.takeGivenUp());
  assert.ok(!generator.takeGivenUp());
});

test('a short round trip does not hurry it, a long one does not stop it, and after a second it gives up', () => {
  assert.deepEqual(tries(after(100, 102), 0), [12, 52, 92, 132, 172, 212]);
  assert.deepEqual(tries(after(100, 102), 5000), [12, 412, 812]);
  assert.deepEqual(tries(after(100, 102)), [12, 162, 312, 462, 612, 762]);
});

test('a packet that was only late is not asked for', () => {
  const generator = after(100, 103);
  generator.received(101, 5);

  assert.deepEqual(generator.due(12), [102]);
  assert.equal(generator.roundTripMs, undefined);
});

test('where packets overtake each other, a gap has more time', () => {
  const generator = after(100, 102);
  generator.received(101, 10);
  generator.received(104, 20);
  assert.equal(generator.deadline, 32);
  generator.received(103, 31);
  generator.received(106, 40);
  assert.equal(generator.deadline, 52);

  const late = after(100, 102);
  late.due(12);
  late.received(101, 50, true);
  late.received(104, 60);
  late.due(72);
  late.received(103, 90);
  late.received(106, 100);
  assert.equal(late.deadline, 100 + 0.98 * 30);
});

test('the round trip is measured by a retransmission that answers the one request there was', () => {
  const generator = after(100, 102, 104);
  generator.due(12, 20);
  generator.received(101, 72, true);
  assert.equal(generator.roundTripMs, 60);

  generator.due(102, 20);
  generator.received(103, 110, true);
  assert.equal(generator.roundTripMs, 60);
  assert.equal(generator.deadline, Infinity);
  assert.ok(!generator.takeGivenUp());
});

test('a newer gap does not hold up an older one', () => {
  const generator = after(100, 102);
  generator.received(104, 6);

  assert.deepEqual(generator.due(12), [101]);
  assert.deepEqual(generator.due(18), [103]);
});

test('an older gap that was asked for does not hold up a newer one', () => {
  const generator = after(100, 102);
  generator.due(12, 250);
  generator.received(104, 20);

  assert.equal(generator.deadline, 32);
  assert.deepEqual(generator.due(32, 250), [103]);
});

test('nothing older than a keyframe is asked for', () => {
  const generator = after(100, 103, 105);

  generator.keyframe(103);

  assert.deepEqual(generator.due(12), [104]);
  generator.keyframe(105);
  assert.equal(generator.deadline, Infinity);
});

test('a keyframe mends what was given up', () => {
  const generator = after(100, 300);
  generator.keyframe(300);

  assert.ok(!generator.takeGivenUp());
});

test('a gap longer than the list is not asked for at all, and given up', () => {
  const generator = after(100, 102, 300);

  assert.equal(generator.deadline, Infinity);
  assert.ok(generator.takeGivenUp());
});

test('a stream that begins has lost nothing', () => {
  assert.ok(!after(70_000).takeGivenUp());
});

test('the list holds the latest 160', () => {
  const generator = after(...Array.from({ length: 200 }, (_, index) => 2 * index));

  const asked = generator.due(12);
  assert.equal(asked.length, 160);
  assert.equal(asked.at(-1), 397);
  assert.ok(generator.takeGivenUp());
});

test('numbers to ask for are as on the wire', () => {
  assert.deepEqual(after(65_535, 65_538).due(12), [0, 1]);
});

test('whatever comes, each packet is asked for six times at most, never after it came, nor for ever', () => {
  const step = fc.record({
    forward: fc.integer({ min: -20, max: 30 }),
    wait: fc.nat(40),
    asks: fc.boolean(),
  });

  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(300), (steps, roundTripMs) => {
      const generator = new NackGenerator();
      const came = new Set<number>();
      const asked = new Map<number, number>();
      let highest = 1000;
      let now = 0;
      const ask = (): void => {
        for (const number of generator.due(now, roundTripMs)) {
          assert.ok(!came.has(number));
          asked.set(number, (asked.get(number) ?? 0) + 1);
          assert.ok((asked.get(number) ?? 0) <= 6);
        }
      };
      for (const { forward, wait, asks } of steps) {
        const number = highest + forward;
        highest = Math.max(highest, number);
        now += wait;
        came.add(number);
        generator.received(number, now);
        if (asks) ask();
      }
      const end = now + 1500;
      for (now = Math.max(now, generator.deadline); now <= end; now = generator.deadline) ask();
      assert.equal(generator.deadline, Infinity);
    }),
  );
});
