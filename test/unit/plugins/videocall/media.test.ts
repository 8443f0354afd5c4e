import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import { member } from '../../../support/janus-handle.ts';
import { heardBy, VideoCall } from '../../../support/video-call.ts';

function codecsIn(sdp: string): string[][] {
  return parseSdp(sdp).media.map(({ codecs }) =>
    codecs.map(({ name }) => name).filter((name) => name !== 'rtx'),
  );
}

test('audio and video go both ways', async () => {
  await using call = await VideoCall.open();
  await call.connect();

  assert.deepEqual(
    [call.flow('0'), call.flow('1')],
    [
      [3, 3],
      [3, 3],
    ],
  );
});

test('the one who is called is offered all that the caller offers, by a connection of ours', async () => {
  await using call = await VideoCall.open();

  const offer = await call.ring();

  assert.deepEqual(codecsIn(offer), [['opus', 'PCMU'], ['VP8', 'H264'], []]);
  assert.deepEqual(
    parseSdp(offer).media.map(({ mid, direction }) => [mid, direction]),
    [
      ['0', 'sendrecv'],
      ['1', 'sendrecv'],
      ['2', 'sendrecv'],
    ],
  );
  assert.equal(call.world.peers.find(parseSdp(offer).media[0]?.iceUfrag ?? '') !== undefined, true);
});

test('the caller is answered the codec that the other side will send', async () => {
  await using call = await VideoCall.open();
  const offer = await call.ring();
  const whole = call.bob.browser.answer(offer);
  const h264 = /a=rtpmap:(\d+) H264/.exec(offer)?.[1] ?? '';
  const withH264 = call.bob.browser.answer(offer, { audio: ['PCMU'], video: ['H264'] });
  assert.match(withH264, new RegExp(`a=rtpmap:${h264} H264`));
  assert.notEqual(whole, withH264);

  const answer = await call.accept(offer, withH264);

  assert.deepEqual(codecsIn(answer), [['PCMU'], ['H264'], []]);
});

test('payload types differ where the two sides number codecs in their own way', async () => {
  await using call = await VideoCall.open();
  const offered = call.alice.browser.offer(['video']).replaceAll(/\b96\b/g, '120');
  const offer = await call.ring(['video'], offered);

  const answer = await call.accept(offer);

  assert.match(offer, /a=rtpmap:96 VP8/);
  assert.match(answer, /a=rtpmap:120 VP8/);
});

test('what the one who is called rejects is rejected to the caller', async () => {
  await using call = await VideoCall.open();
  const offer = await call.ring();

  const answer = await call.accept(offer, call.bob.browser.answer(offer, { audio: ['opus'], video: [] }));

  assert.deepEqual(
    parseSdp(answer).media.map(({ isRejected }) => isRejected),
    [false, true, false],
  );
});

test('an answer without a codec in common is refused, and another one is taken', async () => {
  await using call = await VideoCall.open();
  const offer = await call.ring(['video']);
  const foreign = call.bob.browser
    .answer(offer)
    .replaceAll('VP8/90000', 'VP7/90000')
    .replaceAll('H264', 'H265');

  const data = await call.bob.handle.answer({ request: 'accept' }, { type: 'answer', sdp: foreign });
  const answer = await call.accept(offer);

  assert.equal(member(data, 'error_code'), 483);
  assert.match(String(member(data, 'error')), /no codec that was offered for mid 0/);
  assert.deepEqual(codecsIn(answer), [['VP8']]);
});

test('a mute keeps what its client sends from the other side, and no more', async () => {
  await using call = await VideoCall.open();
  await call.connect();
  const { alice, bob } = call;

  await alice.handle.answer({ request: 'set', audio: false });
  const withoutAudio = [call.flow('0'), call.flow('1')];
  await alice.handle.answer({ request: 'set', audio: true, video: false });
  const withoutVideo = [call.flow('0'), call.flow('1')];
  await bob.handle.answer({ request: 'set', bifrons: { data: false } });
  bob.browser.openChannel('chat');
  alice.browser.openChannel('chat');
  bob.browser.sendData('chat', 'from bob');
  alice.browser.sendData('chat', 'from alice');

  assert.deepEqual(withoutAudio, [
    [0, 3],
    [3, 3],
  ]);
  assert.deepEqual(withoutVideo, [
    [3, 3],
    [0, 3],
  ]);
  assert.deepEqual([alice.browser.dataReceived, bob.browser.dataReceived], [[], ['from alice']]);
});

test('video that comes back begins with a keyframe that is asked for, and its numbers go on', async () => {
  await using call = await VideoCall.open();
  await call.connect();
  call.flow('1');
  await call.alice.handle.answer({ request: 'set', video: false });
  call.flow('1');
  const [bobs, alices] = call.world.peers.made;
  const before = alices?.keyframeRequests.length ?? 0;

  await call.alice.handle.answer({ request: 'set', video: true });
  await call.world.clock.run(1000);
  call.flow('1');

  assert.ok((alices?.keyframeRequests.length ?? 0) > before);
  assert.equal(bobs?.keyframeRequests.includes('1'), false);
  const numbers = call.bob.browser.received('1').map(({ sequenceNumber }) => sequenceNumber);
  const [first = 0] = numbers;
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => first + at),
  );
});

test('a limit holds for what its client sends, whenever it is asked for', async () => {
  await using call = await VideoCall.open();
  await call.bob.handle.answer({ request: 'set', bitrate: 128_000 });
  await call.alice.handle.answer({ request: 'set', bitrate: 64_000 });
  await call.connect();
  const limits = call.world.peers.made.map(({ bitrateLimit }) => bitrateLimit);

  await call.bob.handle.answer({ request: 'set', bitrate: 0 });

  assert.deepEqual(limits, [128_000, 64_000]);
  assert.equal(call.world.peers.made[0]?.bitrateLimit, 10_000_000);
});

test('messages keep their label, and those that are early wait until the other side is connected', async () => {
  await using call = await VideoCall.open();
  const { alice, bob } = call;
  const answer = await call.accept(await call.ring());
  await call.world.clock.run(0);
  bob.browser.sendData('chat', 'early');
  for (let count = 0; count < 100; count += 1) bob.browser.sendData('chat', `${count}`);

  alice.browser.accept(answer);
  await call.world.clock.run(0);
  alice.browser.openChannel('chat');
  bob.browser.sendData('chat', 'late');

  assert.deepEqual(alice.browser.dataReceived.slice(0, 2), ['early', '0']);
  assert.equal(alice.browser.dataReceived.at(-1), 'late');
  assert.equal(alice.browser.dataReceived.length, 65);
  const { session_id, handle_id } = bob.handle;
  const facts = call.world.gateway.session(session_id)?.handle(handle_id)?.query();
  assert.equal(member(facts, 'data_dropped'), 37);
});

test('a channel that one side opens is opened to the other as it is, and closed with it', async () => {
  await using call = await VideoCall.open();
  await call.connect();
  const { alice, bob } = call;
  const reliability = { isOrdered: false, mostRetransmissions: 3 };

  alice.browser.openChannel('chat', reliability);
  bob.browser.openChannel('chat');
  bob.browser.openChannel('files');
  const [hers, his] = [alice, bob].map(({ browser }) => [...browser.channelsReceived]);
  bob.browser.closeChannel('files');
  alice.browser.closeChannel('chat');

  assert.deepEqual(his, [['chat', reliability]]);
  assert.deepEqual(hers, [['files', { isOrdered: true }]]);
  assert.deepEqual([...alice.browser.channelsReceived, ...bob.browser.channelsReceived], []);
});

test('a new description of one side is an update for the other, and its answer one for the first', async () => {
  await using call = await VideoCall.open();
  await call.connect(['audio']);
  const { alice, bob } = call;

  const sdp = alice.browser.offer(['audio', 'video']);
  await alice.handle.message({ request: 'set' }, { type: 'offer', sdp });
  const [update] = bob.handle.client.take();
  const answer = bob.browser.answer(String(member(update, 'jsep', 'sdp')));
  const heard = heardBy(alice);
  await bob.handle.message({ request: 'set' }, { type: 'answer', sdp: answer });
  const [answered] = alice.handle.client.take();
  alice.browser.accept(String(member(answered, 'jsep', 'sdp')));
  await call.world.clock.run(0);

  assert.deepEqual(heard, ['ack', 'set']);
  assert.deepEqual(heardBy(bob), ['ack', 'set']);
  assert.deepEqual(
    [call.flow('0'), call.flow('1')],
    [
      [3, 3],
      [3, 3],
    ],
  );
});

test('a second description is refused while the first waits for its answer', async () => {
  await using call = await VideoCall.open();
  await call.connect(['audio']);
  const { alice } = call;
  const jsep = (): object => ({ type: 'offer', sdp: alice.browser.offer(['audio'], { restartsIce: true }) });
  await alice.handle.message({ request: 'set', restart: true }, jsep());

  const data = await alice.handle.answer({ request: 'set', restart: true }, jsep());

  assert.equal(member(data, 'error_code'), 483);
  assert.deepEqual(call.flow('0'), [3, 3]);
});
