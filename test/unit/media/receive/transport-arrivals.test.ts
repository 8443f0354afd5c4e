import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRtcp, TransportArrivals, type TransportFeedback } from '#janus/media';

/** All feedback that is there to tell. */
function told(arrivals: TransportArrivals, now: number): TransportFeedback[] {
  const out = Buffer.alloc(1200);
  const all: TransportFeedback[] = [];
  for (let bytes = 1; bytes > 0;) {
    bytes = arrivals.write(out, 0, 1, 2, now);
    const [block] = bytes === 0 ? [] : (parseRtcp(out.subarray(0, bytes)) ?? []);
    if (block?.type === 'transport_feedback') all.push(block.feedback);
  }
  return all;
}

function plain({ firstNumber, count, arrivals }: TransportFeedback): unknown[] {
  return [firstNumber, count, [...arrivals]];
}

test('arrivals are told together 100 ms after the first, with what is missing between them', () => {
  const arrivals = new TransportArrivals();
  assert.equal(arrivals.deadline, Infinity);

  arrivals.note(65_534, 10);
  arrivals.note(65_535, 20);
  arrivals.note(2, 30);

  assert.equal(arrivals.deadline, 110);
  assert.deepEqual(told(arrivals, 110).map(plain), [[65_534, 0, [10, 20, NaN, NaN, 30]]]);
  assert.equal(arrivals.deadline, Infinity);
  assert.deepEqual(told(arrivals, 210), []);
});

test('what was lost between two feedback packets is told by the second', () => {
  const arrivals = new TransportArrivals();
  arrivals.note(5, 0);
  told(arrivals, 100);

  arrivals.note(8, 120);

  assert.deepEqual(told(arrivals, 220).map(plain), [[6, 1, [NaN, NaN, 120]]]);
});

test('a packet that was told as lost and comes late is told again, with those after it', () => {
  const arrivals = new TransportArrivals();
  arrivals.note(5, 0);
  arrivals.note(7, 4);
  told(arrivals, 100);

  arrivals.note(6, 110);

  assert.deepEqual(told(arrivals, 210).map(plain), [[6, 1, [110, 4]]]);
});

test('duplicates change nothing', () => {
  const arrivals = new TransportArrivals();
  arrivals.note(5, 0);
  arrivals.note(5, 50);
  assert.deepEqual(told(arrivals, 100).map(plain), [[5, 0, [0]]]);

  arrivals.note(5, 150);
  assert.equal(arrivals.deadline, Infinity);
});

test('a burst is told at once, in as many packets as it takes', () => {
  const arrivals = new TransportArrivals();
  for (let number = 0; number < 900; number += 1) arrivals.note(number, 7);

  assert.equal(arrivals.deadline, 7);
  assert.deepEqual(
    told(arrivals, 7).map((feedback) => [feedback.firstNumber, feedback.arrivals.length]),
    [
      [0, 400],
      [400, 400],
      [800, 100],
    ],
  );
});

test('an arrival after a long pause is told', () => {
  const arrivals = new TransportArrivals();
  arrivals.note(5, 0);
  arrivals.note(7, 60_000);

  assert.deepEqual(told(arrivals, 60_100).map(plain), [[5, 0, [NaN, NaN, 60_000]]]);
});

test('every packet that comes is told once with its time, whatever their order, losses and jumps', () => {
  const step = fc.record({ forward: fc.integer({ min: -40, max: 420 }), wait: fc.nat(60) });

  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 150 }), fc.nat(0xffff), (steps, start) => {
      const arrivals = new TransportArrivals();
      const came = new Map<number, number>();
      const heard = new Map<number, number>();
      let number = start;
      let now = 0;
      const listen = (): void => {
        for (const { firstNumber, arrivals: times } of told(arrivals, now))
          for (const [index, time] of times.entries())
            if (!Number.isNaN(time)) heard.set((firstNumber + index) & 0xffff, time);
      };
      for (const { forward, wait } of steps) {
        number = (number + forward) & 0xffff;
        now += wait;
        if (!came.has(number)) came.set(number, now);
        arrivals.note(number, now);
        if (now >= arrivals.deadline) listen();
      }
      listen();

      for (const [each, time] of heard) assert.equal(came.get(each), time);
      assert.equal(heard.get(number), came.get(number));
    }),
  );
});
