import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';
import { offerSdp } from '../../support/offer-sdp.ts';

const verbs = ['message', 'trickle', 'keepalive', 'attach', 'claim', 'info', 'create', 'ping', 'hangup'];
const runs = { numRuns: 300, seed: 20_261_121 };

/** What the elements of a request may hold: something that fits, or anything. */
const parts = {
  janus: fc.oneof(fc.constantFrom(...verbs), fc.jsonValue()),
  transaction: fc.oneof(fc.constant('t'), fc.jsonValue()),
  id: fc.jsonValue(),
  plugin: fc.oneof(fc.constant('janus.plugin.echotest'), fc.jsonValue()),
  body: fc.oneof(fc.constant({ audio: true }), fc.jsonValue()),
  jsep: fc.oneof(fc.constant({ type: 'offer', sdp: offerSdp }), fc.jsonValue()),
  candidate: fc.jsonValue(),
  candidates: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
};

test('every request is answered at once, and none is an internal error', async () => {
  await using world = new JanusWorld();
  const { client, session_id, handle_id } = await TestHandle.attach(world, 'janus.plugin.echotest');
  const ids = {
    session_id: fc.constantFrom(session_id, null, 'x'),
    handle_id: fc.constantFrom(handle_id, 7),
  };
  const requests = fc.record({ ...parts, ...ids }, { requiredKeys: [] });

  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const told = await client.ask(request);
      assert.notEqual(told.length, 0);
      const codes = told.map((message) => member(message, 'error', 'code'));
      assert.equal(codes.includes(490), false);
    }),
    runs,
  );
});

test('every body of a message to the echotest gets its one event', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.echotest');
  const names = ['audio', 'video', 'bitrate', 'record', 'substream', 'audiocodec', 'bifrons'] as const;
  const bodies = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());

  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const [ack, event, ...more] = await handle.message(body);
      assert.deepEqual([ack?.['janus'], event?.['janus'], more], ['ack', 'event', []]);
      assert.notEqual(member(event, 'plugindata', 'data', 'error_code'), 499);
    }),
    runs,
  );
});

test('an SDP cut at any length, or with any byte changed, is answered', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.echotest');
  const cuts = Array.from({ length: offerSdp.length }, (_, length) => offerSdp.slice(0, length));
  const changes = cuts.map((cut) => `${cut}~${offerSdp.slice(cut.length + 1)}`);

  for (const sdp of [...cuts, ...changes]) {
    const told = await handle.message({}, { type: 'offer', sdp });
    const code = member(told[0], 'error', 'code');
    assert.equal(code === undefined || code === 465, true, `${String(code)} for ${sdp}`);
    await handle.ask('hangup');
    handle.client.take();
  }
  assert.equal(world.peers.open, 0);
});
