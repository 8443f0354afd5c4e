import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomId, sessionId } from '#schemas';
import { Engines, JanusBackend } from '#janus/adapter';
import { createLog } from '#services/kernel';
import type { LegEvent } from '#services/session';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

test('a publisher without a limit of its own has the limit of its room', async () => {
  await using engines = new Engines();
  const connection = new FakeJanusConnection();
  connection.plugin = (_body, jsep) => ({
    data: { videoroom: 'event', configured: 'ok', streams: [] },
    ...(jsep && { jsep: { type: 'answer', sdp: 'v=0' } }),
  });
  await engines.add('fake', connection);
  const log = createLog('silent', {});
  await using backend = new JanusBackend({
    clock: new FakeClock(),
    engines,
    random: new SeededRandom(),
    node: 'node0001',
    log,
  });
  const room = { roomId: roomId('r'), codecs: ['opus'], bitsPerSecond: 300_000 };
  backend.openRoom(room, ({ type }) => assert.equal(type, 'done'));
  await settle();
  const events: LegEvent[] = [];
  const what = { operation: 1, sessionId: sessionId('s'), type: 'publish', role: 'offeree' } as const;

  const more = { roomId: roomId('r'), offer: { sdp: 'v=0' }, media: { bitsPerSecond: 0 } };
  const leg = backend.open({ ...what, ...more }, (event) => events.push(event));
  for (const [index, bitsPerSecond] of [64_000, 0].entries())
    leg.request(index + 2, { type: 'update', media: { bitsPerSecond } });
  await settle();

  const bodies = connection.asked.flatMap((message) => (message.janus === 'message' ? message.body : []));
  const limits = bodies.flatMap((body) => ('bitrate' in body ? body.bitrate : []));
  assert.deepEqual(limits, [300_000, 300_000, 64_000, 300_000], JSON.stringify(events));
});
