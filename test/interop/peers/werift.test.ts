import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseSdp } from '#janus/media';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';
import { WeriftPeer, type Packet } from '../support/werift-peer.ts';

let server: MirrorServer;

before(async () => {
  server = await MirrorServer.open();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

/** Everything that was sent came back once, in order, each number and timestamp as far from the first as it was. */
function assertSame(returned: readonly Packet[], sent: readonly Packet[]): void {
  assert.deepEqual(fromFirst(returned), fromFirst(sent));
}

function fromFirst(packets: readonly Packet[]): readonly string[] {
  const [first] = packets;
  return packets.map(({ payload, sequenceNumber, timestamp, marker }) => {
    const number = (sequenceNumber - (first?.sequenceNumber ?? 0)) & 0xffff;
    const ticks = (timestamp - (first?.timestamp ?? 0)) >>> 0;
    return `${number} +${ticks} ${marker ? 'M' : '-'} ${payload.toString('hex')}`;
  });
}

/** The frame behind a descriptor of four bytes (RFC 7741 section 4.2) has its lowest bit clear (RFC 6386 section 9.1). */
function assertBeginsKeyframe(payload: Buffer | undefined): void {
  assert.ok(payload !== undefined && payload.length > 10);
  assert.equal(payload.readUInt16BE(0), 0x9080);
  assert.equal(payload.readUInt8(4) & 1, 0);
  assert.equal(payload.toString('hex', 7, 10), '9d012a');
}

/** Plays what was recorded, and gets it back as it was. */
async function assertReturns(peer: WeriftPeer, kinds: readonly ('audio' | 'video')[]): Promise<void> {
  for (const kind of kinds) peer.returned[kind].length = 0;
  const sent = kinds.map((kind) => ({ kind, packets: peer.play(kind) }));
  for (const { kind, packets } of sent) {
    await eventually(`${kind} is back`, 15_000, () => peer.returned[kind].length >= packets.length);
    assertSame(peer.returned[kind], packets);
  }
}

async function assertConnects(peer: WeriftPeer): Promise<void> {
  await eventually('connected', 10_000, () => peer.state === 'connected');
  await eventually('the channel is open', 10_000, () => peer.isChannelOpen);
}

async function assertEchoes(peer: WeriftPeer): Promise<void> {
  await assertConnects(peer);
  const large = Buffer.alloc(256 * 1024, 7);
  peer.say('hello');
  peer.say(large);

  await assertReturns(peer, ['audio', 'video']);
  await eventually('messages are back', 15_000, () => peer.messages.length === 2);

  assertBeginsKeyframe(peer.returned.video[0]?.payload);
  assert.equal(peer.messages[0], 'hello');
  assert.ok(Buffer.isBuffer(peer.messages[1]) && large.equals(peer.messages[1]));
}

test('werift offers, and gets recorded sound, pictures and messages back as they were', async () => {
  await using peer = await WeriftPeer.open();
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));

  await assertEchoes(peer);
});

test('werift answers, and gets recorded sound, pictures and messages back as they were', async () => {
  await using peer = await WeriftPeer.open();
  await using mirror = server.mirror();
  await mirror.accept(await peer.answer(await mirror.offer(['audio', 'video', 'data'])));

  await assertEchoes(peer);
});

test('werift adds pictures to a call and takes them away, and sound goes on', async () => {
  await using peer = await WeriftPeer.open(['audio']);
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));
  await assertConnects(peer);

  peer.add('video');
  await peer.accept(await mirror.answer(await peer.offer()));
  await assertReturns(peer, ['audio', 'video']);

  peer.remove('video');
  const answer = await mirror.answer(await peer.offer());
  await peer.accept(answer);

  assert.deepEqual(
    parseSdp(answer).media.map(({ kind, isRejected }) => [kind, isRejected]),
    [
      ['audio', false],
      ['data', false],
      ['video', true],
    ],
  );
  assert.ok(mirror.has('stream_ended'));
  await assertReturns(peer, ['audio']);
  assert.equal(mirror.has('closed'), false);
});
