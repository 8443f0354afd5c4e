import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DataChannels } from '../../../backend-janus/webrtc/sctp/data-channels.ts';
import { systemClock, systemRandom } from '#services/kernel';
import { SeededRandom } from '../../support/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { callEngine } from '../support/engine-call.ts';

function channels(): DataChannels {
  const made = new DataChannels(
    { clock: systemClock, random: systemRandom, isDtlsClient: true },
    { port: 5000, maxMessageBytes: 65_536 },
    () => undefined,
    { opened: () => undefined, shut: () => undefined, message: () => undefined },
  );
  made.start();
  return made;
}

test('whatever a peer puts into DTLS instead of SCTP is counted and harms nothing', () => {
  using subject = channels();
  const random = new SeededRandom(7);

  for (let count = 0; count < 2000; count += 1) {
    const bytes = Buffer.from(random.bytes(random.uint32() % 200));
    subject.receive(bytes);
  }
  subject.receive(Buffer.from([1, 2, 3]));
  subject.receive(Buffer.alloc(40));

  assert.ok(subject.dropped >= 2002);
});

test('200 channels of one label: 64 are open, and a message comes back on the channel it came from', async () => {
  await using call = await callEngine();
  using peer = new WrtcPeer('same');
  await peer.accept(await call.answer(await peer.wholeOffer()));
  await eventually('the channel is open', 5000, () => peer.isChannelOpen);
  const others = Array.from({ length: 199 }, () => peer.openChannel('same'));
  await eventually('some are open', 5000, () => others.every((channel) => channel.readyState === 'open'));
  const heard: number[] = [];
  for (const [index, channel] of others.entries()) channel.onmessage = () => heard.push(index);

  others[10]?.send('ten');
  others[20]?.send('twenty');
  others[150]?.send('beyond the limit');
  await eventually('two messages back', 5000, () => heard.length >= 2);
  await delay(300);

  assert.deepEqual(heard.toSorted(), [10, 20]);
});
