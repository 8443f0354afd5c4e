import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamPlan } from '#janus/media';
import { parseSdp } from '#janus/media';
import { settle } from '../../support/fake-clock.ts';
import { FakePeer } from '../../support/fake-peer.ts';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';
import { ScriptedPlugin } from '../../support/scripted-plugin.ts';

/** One handle of the echotest, and the browsers that use it. */
class Echo {
  readonly world: JanusWorld;
  readonly handle: TestHandle;

  private constructor(world: JanusWorld, handle: TestHandle) {
    this.world = world;
    this.handle = handle;
  }

  static async start(): Promise<Echo> {
    const world = new JanusWorld();
    return new Echo(world, await TestHandle.attach(world, 'janus.plugin.echotest'));
  }

  browser(): FakePeer {
    return new FakePeer(this.world.peers);
  }

  /** Has the echotest answer `sdp`, and the browser take the answer. */
  async negotiate(browser: FakePeer, sdp: string): Promise<void> {
    const told = await this.handle.message({}, { type: 'offer', sdp });
    browser.accept(String(member(told.at(-1), 'jsep', 'sdp')));
    await settle();
  }

  /** Packets of `mid` that came back to `browser` of three that it sent. */
  async echoed(browser: FakePeer, mid: string): Promise<number> {
    const before = browser.received(mid).length;
    browser.sendRtp(mid, 3);
    await settle();
    return browser.received(mid).length - before;
  }
}

test('media that a later offer adds comes back, what it removes is gone, and the rest goes on', async () => {
  const echo = await Echo.start();
  const browser = echo.browser();
  await echo.negotiate(browser, browser.offer(['audio']));
  const first = await echo.echoed(browser, '0');

  await echo.negotiate(browser, browser.offer(['audio', 'video']));
  const both = [await echo.echoed(browser, '0'), await echo.echoed(browser, '1')];
  await echo.negotiate(browser, browser.offer(['audio', 'video'], { removed: '1' }));
  const left = await echo.echoed(browser, '0');

  assert.deepEqual([first, both, left], [3, [3, 3], 3]);
  assert.throws(() => echo.world.peer.sender('1'), RangeError);
  assert.equal(echo.world.router.size, 2, 'one source and who follows it');
  assert.equal(echo.handle.heard().filter((word) => word === 'webrtcup').length, 1);
});

test('an m-line that was removed and comes back carries media again', async () => {
  const echo = await Echo.start();
  const browser = echo.browser();
  await echo.negotiate(browser, browser.offer(['audio', 'video']));
  await echo.echoed(browser, '1');
  await echo.negotiate(browser, browser.offer(['audio', 'video'], { removed: '1' }));

  await echo.negotiate(browser, browser.offer(['audio', 'video']));

  assert.equal(await echo.echoed(browser, '1'), 3);
});

test('a browser that was made anew goes on with the handle, and is told webrtcup no second time', async () => {
  const echo = await Echo.start();
  const [before, after] = [echo.browser(), echo.browser()];
  await echo.negotiate(before, before.offer(['audio']));
  await echo.echoed(before, '0');

  await echo.negotiate(after, after.offer(['audio']));

  assert.equal(await echo.echoed(after, '0'), 3);
  assert.equal(echo.world.peers.made.length, 1);
  assert.equal(echo.handle.heard().filter((word) => word === 'webrtcup').length, 1);
});

test('after a hang-up the handle negotiates again, with another connection', async () => {
  const echo = await Echo.start();
  const [before, after] = [echo.browser(), echo.browser()];
  await echo.negotiate(before, before.offer(['audio']));
  before.close();
  await settle();

  await echo.negotiate(after, after.offer(['audio']));

  assert.equal(await echo.echoed(after, '0'), 3);
  assert.equal(echo.world.gateway.counts.peerConnections, 1);
  assert.equal(echo.handle.heard().filter((word) => word === 'webrtcup').length, 2);
});

test('a silent browser is told of within 10 seconds and hung up within 35', async () => {
  const echo = await Echo.start();
  const browser = echo.browser();
  await echo.negotiate(browser, browser.offer(['audio']));
  echo.handle.heard();

  browser.vanish();
  await echo.world.clock.run(10_000);
  const warned = echo.handle.heard();
  await echo.world.clock.run(25_000);

  assert.deepEqual(warned, ['ice-failed']);
  assert.deepEqual(echo.handle.heard(), ['event', 'hangup ICE failed']);
  assert.deepEqual(echo.world.gateway.counts, { sessions: 1, handles: 1, peerConnections: 0 });
});

const audio: readonly StreamPlan[] = [{ kind: 'audio', direction: 'sendrecv', codecs: ['opus'] }];

/** A plugin that offers whenever it is asked, with the options in the body, and takes answers. */
async function offering(): Promise<{ world: JanusWorld; handle: TestHandle; browser: FakePeer }> {
  const plugin = new ScriptedPlugin();
  const world = new JanusWorld({}, [plugin]);
  plugin.answer = ({ jsep, body }, port) => ({
    type: 'ack',
    event: jsep
      ? port.acceptAnswer(jsep).then(() => ({ data: {} }))
      : port.offer(audio, body).then((offer) => ({ data: {}, jsep: offer })),
  });
  const handle = await TestHandle.attach(world, plugin.package);
  return { world, handle, browser: new FakePeer(world.peers) };
}

test('an offer that meets one of ours is refused, and ours can still be answered', async () => {
  const { handle, browser } = await offering();
  const [, offered] = await handle.message({});

  const [refused] = await handle.message({}, { type: 'offer', sdp: browser.offer(['audio']) });
  const sdp = browser.answer(String(member(offered, 'jsep', 'sdp')));
  await handle.message({}, { type: 'answer', sdp });

  assert.equal(member(refused, 'error', 'code'), 471);
  assert.ok(handle.heard().includes('webrtcup'));
});

test('a plugin may restart ICE by an offer', async () => {
  const { world, handle, browser } = await offering();
  const [, first] = await handle.message({});
  const sdp = browser.answer(String(member(first, 'jsep', 'sdp')));
  await handle.message({}, { type: 'answer', sdp });

  const [, second] = await handle.message({ restartsIce: true });
  const again = browser.answer(String(member(second, 'jsep', 'sdp')));
  await handle.message({}, { type: 'answer', sdp: again });

  assert.notEqual(ufragIn(second), ufragIn(first));
  assert.equal(world.peers.open, 1);
});

function ufragIn(event: unknown): string | undefined {
  return parseSdp(String(member(event, 'jsep', 'sdp'))).media[0]?.iceUfrag;
}
