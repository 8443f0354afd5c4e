import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineHandles, type Said } from '../support/engine-handles.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

type Ask = (body: object, jsep?: object) => Promise<Said>;

const room = 7;

async function publish(ask: Ask, peer: WrtcPeer, id: number): Promise<void> {
  await ask({ request: 'join', room, ptype: 'publisher', id });
  const sdp = await peer.wholeOffer();
  const { sdp: answer } = await ask({ request: 'publish' }, { type: 'offer', sdp });
  await peer.accept(answer);
  await eventually(`publisher ${id} is connected`, 10_000, () => peer.state === 'connected');
}

async function subscribe(ask: Ask, peer: WrtcPeer, feed: number): Promise<void> {
  const { sdp } = await ask({ request: 'join', room, ptype: 'subscriber', streams: [{ feed }] });
  await ask({ request: 'start' }, { type: 'answer', sdp: await peer.answer(sdp) });
}

async function hasPictures(peer: WrtcPeer): Promise<void> {
  const before = peer.frames;
  peer.hush();
  await eventually(
    '20 pictures, none black',
    15_000,
    () => peer.frames > before + 20 && peer.brightness > 20,
  );
  await eventually('a tone', 10_000, () => peer.loudness > 1000);
}

/** Nothing but what was on its way comes any more. */
async function hasNoPictures(peer: WrtcPeer): Promise<void> {
  let before = -1;
  await eventually('no picture for half a second', 10_000, async () => {
    before = peer.frames;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return peer.frames === before;
  });
}

test('a subscriber that opens no channel is told of that of the publisher, and gets what is said on it', async () => {
  await using engine = await EngineHandles.open();
  const attach = (): Promise<Ask> => engine.attach('janus.plugin.videoroom');
  await (
    await attach()
  )({ request: 'create', room });
  using speaker = new WrtcPeer('JanusDataChannel');
  using listener = new WrtcPeer('');
  await publish(await attach(), speaker, 1);
  await eventually('the channel of the publisher is open', 10_000, () => speaker.isChannelOpen);

  await subscribe(await attach(), listener, 1);
  const channel = await eventually('ondatachannel', 20_000, () => listener.opened[0]);
  speaker.say('hello');
  await eventually('the message', 10_000, () => listener.messages.length > 0);

  assert.deepEqual([channel.label, listener.messages], ['JanusDataChannel', ['hello']]);
});

test('two subscribers see a publisher, one of them switches to another, and mutes count for whom they are', async () => {
  await using engine = await EngineHandles.open();
  const attach = (): Promise<Ask> => engine.attach('janus.plugin.videoroom');
  const manager = await attach();
  await manager({ request: 'create', room });
  using one = new WrtcPeer();
  using two = new WrtcPeer();
  using first = new WrtcPeer();
  using second = new WrtcPeer();
  const asOne = await attach();
  await publish(asOne, one, 1);
  await publish(await attach(), two, 2);
  const asFirst = await attach();
  await subscribe(asFirst, first, 1);
  await subscribe(await attach(), second, 1);

  await Promise.all([hasPictures(first), hasPictures(second)]);
  await eventually('the channel is open', 5000, () => one.isChannelOpen && first.isChannelOpen);
  one.say('hello');
  await eventually('the message', 5000, () => first.messages.includes('hello'));

  const streams = ['0', '1'].map((mid) => ({ feed: 2, mid, sub_mid: mid }));
  const switched = await asFirst({ request: 'switch', streams });
  assert.deepEqual([switched.data['changes'], switched.sdp], [2, '']);
  await asOne({ request: 'configure', audio: false, video: false });
  await hasNoPictures(second);
  await hasPictures(first);

  await asOne({ request: 'configure', audio: true, video: true });
  await hasPictures(second);
});
