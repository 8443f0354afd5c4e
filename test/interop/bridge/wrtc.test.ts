import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { member } from '../../support/janus-handle.ts';
import { CallEngine } from '../support/call-engine.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

const options = { timeout: 90_000 };

/** New pictures that are not black, and a tone. */
async function seesAndHears(peer: WrtcPeer): Promise<void> {
  const { frames } = peer;
  peer.hush();
  await eventually('pictures, none black', 20_000, () => peer.frames > frames + 20 && peer.brightness > 20);
  await eventually('a tone', 10_000, () => peer.loudness > 1000);
}

/** No more than one picture that was under way. */
async function seesNothing(peer: WrtcPeer): Promise<void> {
  await eventually('no picture for a second', 10_000, async () => {
    const { frames } = peer;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return peer.frames === frames;
  });
}

test(
  'two peers see, hear and write to each other, and a mute holds until it is lifted',
  options,
  async () => {
    await using engine = await CallEngine.open();
    using alice = new WrtcPeer();
    using bob = new WrtcPeer();
    const [caller] = await engine.call(alice, bob, await alice.wholeOffer());

    await Promise.all([seesAndHears(alice), seesAndHears(bob)]);
    await eventually('both channels are open', 10_000, () => alice.isChannelOpen && bob.isChannelOpen);
    alice.say('from alice');
    bob.say('from bob');
    await eventually('messages of both', 10_000, () => alice.messages.length + bob.messages.length >= 2);
    assert.deepEqual([alice.messages, bob.messages], [['from bob'], ['from alice']]);

    caller.ask({ request: 'set', video: false });
    await seesNothing(bob);
    await seesAndHears(alice);
    caller.ask({ request: 'set', video: true });
    await seesAndHears(bob);

    const stats = await caller.stats();
    assert.equal(member(stats, 'protocol'), 'udp');
    assert.match(String(member(stats, 'local_address')), /^127\.0\.0\.1:\d+$/);
    assert.match(String(member(stats, 'remote_address')), /:\d+$/);
  },
);

test(
  'a channel of the caller is told to the one who is called, and carries messages both ways',
  options,
  async () => {
    await using engine = await CallEngine.open();
    using alice = new WrtcPeer('files');
    using bob = new WrtcPeer('');
    await engine.call(alice, bob, await alice.wholeOffer());
    const channel = await eventually('ondatachannel', 20_000, () => bob.opened[0]);
    const more = alice.openChannel('bytes');
    const back: Buffer[] = [];
    more.binaryType = 'arraybuffer';
    more.onmessage = ({ data }) => data instanceof ArrayBuffer && back.push(Buffer.from(data));
    const sent = randomBytes(65_536);

    alice.say('from alice');
    channel.send('from bob');
    await eventually('messages of both', 10_000, () => alice.messages.length + bob.messages.length >= 2);
    await eventually('the second channel', 10_000, () => more.readyState === 'open' && bob.opened[1]);
    more.send(sent);
    await eventually('all bytes are back', 10_000, () => back.length > 0);

    assert.deepEqual([alice.messages, bob.messages], [['from bob'], ['from alice']]);
    assert.deepEqual(
      bob.opened.map(({ label }) => label),
      ['files', 'bytes'],
    );
    assert.ok(back[0]?.equals(sent));

    channel.close();
    await eventually('both ends are closed', 10_000, () => !alice.isChannelOpen);
  },
);

for (const who of ['alice', 'bob'] as const) {
  test(`a call is over for both when ${who} hangs up, and nothing of it is left`, options, async () => {
    await using engine = await CallEngine.open();
    using alice = new WrtcPeer();
    using bob = new WrtcPeer();
    const [caller, callee] = await engine.call(alice, bob, await alice.wholeOffer());
    await seesAndHears(bob);

    (who === 'alice' ? caller : callee).ask({ request: 'hangup' });
    await Promise.all([caller.hungUp(), callee.hungUp()]);

    await eventually('all is released', 10_000, () => {
      const { streams, peerConnections } = engine.counts;
      return streams === 0 && peerConnections === 0;
    });
  });
}
