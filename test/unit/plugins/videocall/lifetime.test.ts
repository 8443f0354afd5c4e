import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from '../../../support/janus-handle.ts';
import { heardBy, join, VideoCall } from '../../../support/video-call.ts';

/** Nothing is left of any call. */
async function assertReleased({ world }: VideoCall): Promise<void> {
  await world.clock.run(0);
  assert.equal(world.router.size, 0);
  assert.equal(world.peers.open, 0);
  assert.equal(world.gateway.counts.peerConnections, 0);
}

const remote = 'Remote WebRTC hangup';

test('who is called may decline', async () => {
  await using call = await VideoCall.open();
  await call.ring();
  call.forget();

  await call.bob.handle.message({ request: 'hangup' });

  assert.deepEqual(heardBy(call.bob), [
    'ack',
    'hangup bob Explicit hangup',
    `hangup alice ${remote}`,
    'hangup Close PC',
  ]);
  assert.deepEqual(heardBy(call.alice), [
    'hangup bob We did the hangup',
    `hangup bob ${remote}`,
    'hangup Close PC',
  ]);
  await assertReleased(call);
});

test('the caller may give up, and its reason is told', async () => {
  await using call = await VideoCall.open();
  await call.ring();
  call.forget();

  await call.alice.handle.message({ request: 'hangup', reason: 'tired' });

  assert.equal(heardBy(call.bob)[0], 'hangup alice tired');
  await assertReleased(call);
});

const ends: Readonly<Record<string, (call: VideoCall) => unknown>> = {
  'says goodbye': ({ alice }) => {
    alice.browser.close();
  },
  'hangs up its connection': ({ alice }) => alice.handle.ask('hangup'),
  detaches: ({ alice }) => alice.handle.ask('detach'),
  'ends its session': ({ alice: { handle } }) =>
    handle.client.ask({ janus: 'destroy', transaction: 'd', session_id: handle.session_id }),
};

for (const [name, end] of Object.entries(ends)) {
  test(`a call is over for both when one side ${name}`, async () => {
    await using call = await VideoCall.open();
    await call.connect();

    await end(call);
    await call.world.clock.run(0);

    assert.deepEqual(heardBy(call.bob), [`hangup alice ${remote}`, 'hangup Close PC']);
    await assertReleased(call);
  });
}

test('a call that rings is over when the handle of either side goes', async () => {
  for (const who of ['alice', 'bob'] as const) {
    await using call = await VideoCall.open();
    await call.ring();
    call.forget();

    await call[who].handle.ask('detach');

    const other = who === 'alice' ? call.bob : call.alice;
    assert.deepEqual(heardBy(other), [`hangup ${who} ${remote}`, 'hangup Close PC']);
    await assertReleased(call);
  }
});

test('both are free for another call at once, and what was set is forgotten', async () => {
  await using call = await VideoCall.open();
  await call.connect();
  await call.alice.handle.message({ request: 'set', audio: false });
  await call.alice.handle.message({ request: 'hangup' });
  call.forget();

  await call.connect();

  assert.deepEqual(call.flow('0'), [3, 3]);
});

test('a user in a call is busy, and hears nothing of it', async () => {
  await using call = await VideoCall.open();
  await call.ring();
  call.forget();
  const carol = await join(call.world, 'carol');

  const sdp = carol.browser.offer(['audio']);
  await carol.handle.message({ request: 'call', username: 'bob' }, { type: 'offer', sdp });

  assert.deepEqual(heardBy(carol), ['ack', 'hangup carol User busy', 'hangup Close PC']);
  assert.deepEqual(heardBy(call.bob), []);
});

test('requests out of place are refused with the numbers of Janus', async () => {
  await using call = await VideoCall.open();
  const { alice, bob } = call;
  const code = async (body: object): Promise<unknown> =>
    member(await alice.handle.answer(body), 'error_code');
  const before = [
    await code({ request: 'accept' }),
    await code({ request: 'call', username: 'bob' }),
    await code({ request: 'set', audio: 'no' }),
    await code({ request: 'set', bitrate: -1 }),
    await code({ request: 'register', username: 'other' }),
  ];
  await call.ring();

  const during = [
    await code({ request: 'accept' }),
    await code({ request: 'call', username: 'bob' }),
    member(await bob.handle.answer({ request: 'accept' }), 'error_code'),
  ];

  assert.deepEqual(
    [before, during],
    [
      [481, 482, 474, 474, 477],
      [481, 480, 482],
    ],
  );
});

test('an offer with nothing to relay is refused, and its client is told that its connection is gone', async () => {
  await using call = await VideoCall.open();
  const sdp = call.alice.browser.offer(['audio']).replaceAll(/opus|PCMU/g, 'speex');

  await call.alice.handle.message({ request: 'call', username: 'bob' }, { type: 'offer', sdp });

  const [, hangup, error] = call.alice.handle.client.told;
  assert.deepEqual([hangup?.['janus'], hangup?.['reason']], ['hangup', 'Close PC']);
  assert.equal(member(error, 'plugindata', 'data', 'error_code'), 483);
  await call.connect();
});

test('names are bounded, and free again once their user is gone', async () => {
  await using call = await VideoCall.open();
  const carol = await join(call.world, 'x'.repeat(257));

  const tooLong = await carol.handle.answer({ request: 'register', username: 'x'.repeat(257) });
  await call.bob.handle.ask('detach');
  const free = await carol.handle.answer({ request: 'register', username: 'bob' });

  assert.equal(member(tooLong, 'error_code'), 474);
  assert.equal(member(free, 'result', 'event'), 'registered');
});

test('event handlers hear of calls as from Janus', async () => {
  await using call = await VideoCall.open();
  await call.connect();
  await call.alice.handle.message({ request: 'set', video: false });
  await call.bob.handle.message({ request: 'hangup' });

  const told = call.world.reported
    .filter(({ type }) => type === 64)
    .map(({ event }) => member(event, 'data'));

  assert.deepEqual(told, [
    { event: 'registered', username: 'alice' },
    { event: 'registered', username: 'bob' },
    { event: 'calling' },
    { event: 'accepted' },
    { event: 'configured', audio_active: true, video_active: false, bitrate: 0 },
    { event: 'hangup', reason: 'Explicit hangup' },
    { event: 'hangup', reason: 'Remote hangup' },
    { event: 'hangup', reason: remote },
    { event: 'hangup', reason: remote },
  ]);
});
