import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TransportNumbers, type PacketOutcomes } from '#janus/media';

class Heard implements PacketOutcomes {
  readonly words: string[] = [];
  arrived(sentAt: number, arrivedAt: number, bytes: number): void {
    this.words.push(`${bytes} bytes ${sentAt} to ${arrivedAt}`);
  }
  lost(): void {
    this.words.push('lost');
  }
  late(): void {
    this.words.push('late');
  }
}

function heard(numbers: TransportNumbers, firstNumber: number, ...arrivals: readonly number[]): string[] {
  const outcomes = new Heard();
  numbers.heed({ firstNumber, count: 0, arrivals: new Float64Array(arrivals) }, outcomes);
  return outcomes.words;
}

function sent(packets: number): TransportNumbers {
  const numbers = new TransportNumbers();
  for (let index = 0; index < packets; index += 1) numbers.sent(1000 + (index % 100), index);
  return numbers;
}

test('each packet is told once, with when it went and came', () => {
  const numbers = sent(4);

  assert.deepEqual(heard(numbers, 0, 70, NaN, 72), ['1000 bytes 0 to 70', 'lost', '1002 bytes 2 to 72']);
  assert.deepEqual(heard(numbers, 0, 70, NaN, 72), []);
  assert.deepEqual(heard(numbers, 1, 80, 72, 81), ['late', '1001 bytes 1 to 80', '1003 bytes 3 to 81']);
});

test('numbers wrap at 16 bits', () => {
  const numbers = sent(0xffff);
  assert.equal(numbers.next, 0xffff);
  numbers.sent(10, 5);
  assert.equal(numbers.next, 0);
  numbers.sent(11, 6);

  assert.deepEqual(heard(numbers, 0xffff, 1, 2), ['10 bytes 5 to 1', '11 bytes 6 to 2']);
});

test('what was never sent, or is forgotten, is not told', () => {
  assert.deepEqual(heard(new TransportNumbers(), 0, 1, 2), []);
  assert.deepEqual(heard(sent(3), 2, 1, 2, 3), ['1002 bytes 2 to 1']);
  assert.deepEqual(heard(sent(3), 0xffff, 1), []);
  assert.deepEqual(heard(sent(3000), 950, 1, 2, 3), ['1052 bytes 952 to 3']);
});

test('any feedback tells at most as much as was sent', () => {
  const arrivals = fc.array(fc.oneof(fc.double(), fc.constant(NaN)), { maxLength: 300 });

  fc.assert(
    fc.property(fc.nat(5000), fc.nat(0xffff), arrivals, (packets, first, times) => {
      const words = heard(sent(packets), first, ...times);
      assert.ok(words.filter((word) => word !== 'late').length <= Math.min(packets, times.length));
    }),
  );
});
