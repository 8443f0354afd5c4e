import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlightSender } from '../../../../../backend-janus/webrtc/dtls/handshake/flight-sender.ts';
import { RecordFilter } from '../../../../../backend-janus/webrtc/dtls/record-filter.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

function said(bytes: number): { contentType: number; content: Buffer; isProtected: boolean } {
  return { contentType: 22, content: Buffer.alloc(bytes), isProtected: false };
}

function start(): { clock: FakeClock; sender: FlightSender; sent: Buffer[] } {
  const clock = new FakeClock();
  const sent: Buffer[] = [];
  return { clock, sent, sender: new FlightSender(clock, (datagram) => sent.push(datagram)) };
}

test('a flight is repeated ever more slowly, twelve times, until it is answered', () => {
  const { clock, sender, sent } = start();
  sender.say([said(10)], false);
  const at = [250, 750, 1750, 3750, 7750, 11_750].map((moment) => {
    clock.advance(moment - 1 - clock.now());
    const before = sent.length;
    clock.advance(1);
    return sent.length - before;
  });

  assert.deepEqual(at, [1, 1, 1, 1, 1, 1]);
  clock.advance(600_000);
  assert.equal(sent.length, 13);
  assert.equal(clock.pending, 0);
});

test('the next flight takes the place of the last one, and the end stops all', () => {
  const { clock, sender, sent } = start();
  sender.say([said(10)], false);
  sender.say([said(20)], false);
  clock.advance(250);
  assert.deepEqual(
    sent.map(({ length }) => length),
    [23, 33, 33],
  );

  sender[Symbol.dispose]();

  assert.equal(clock.pending, 0);
});

test('the last flight is repeated only when the peer repeats itself, once per burst and 32 times in all', () => {
  const { clock, sender, sent } = start();
  sender.say([said(10)], true);
  assert.equal(clock.pending, 0);

  for (let burst = 0; burst < 50; burst += 1) {
    clock.advance(100);
    for (let record = 0; record < 5; record += 1) sender.answerAgain(clock.now());
  }

  assert.equal(sent.length, 1 + 32);
});

test('a record has a number of its own each time, and small ones share a datagram of at most 1,200 bytes', () => {
  const { clock, sender, sent } = start();
  sender.say([said(500), said(500), said(500)], false);
  clock.advance(250);

  const numbers = sent.flatMap((datagram) => {
    const found: number[] = [];
    for (let at = 0; at < datagram.length; at += RecordFilter.recordBytes(datagram, at) ?? Infinity)
      found.push(datagram.readUIntBE(at + 5, 6));
    return found;
  });
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    sent.map(({ length }) => length),
    [1026, 513, 1026, 513],
  );
});
