import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PluginError } from '#janus/gateway';
import { NegotiationError, type StreamPlan } from '#janus/media';
import { FakePeer } from '../../support/fake-peer.ts';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';
import { offerSdp } from '../../support/offer-sdp.ts';
import { ScriptedPlugin } from '../../support/scripted-plugin.ts';

const audio: readonly StreamPlan[] = [{ mid: '0', kind: 'audio', direction: 'sendrecv', codecs: ['opus'] }];

async function start(): Promise<{ world: JanusWorld; plugin: ScriptedPlugin; handle: TestHandle }> {
  const plugin = new ScriptedPlugin();
  const world = new JanusWorld({}, [plugin]);
  return { world, plugin, handle: await TestHandle.attach(world, plugin.package) };
}

/** A plugin that answers every offer with all its audio. */
function answering(plugin: ScriptedPlugin): void {
  plugin.answer = ({ jsep }, handle) => ({
    type: 'ack',
    event: jsep
      ? handle.answer(jsep, audio).then((answer) => ({ data: { ok: true }, jsep: answer }))
      : Promise.resolve({ data: {} }),
  });
}

test('a plugin that answers at once is answered with success', async () => {
  const { plugin, handle } = await start();
  plugin.answer = () => ({ type: 'ok', data: { list: [] } });

  const [told] = await handle.message({ request: 'list' });

  assert.equal(told?.['janus'], 'success');
  assert.deepEqual(told['plugindata'], { plugin: plugin.package, data: { list: [] } });
});

test('a refusal of a plugin is data of the plugin, never an error of the core', async () => {
  const { plugin, handle } = await start();
  const refusal = new PluginError(426, 'No such room (7)');
  const data = { scripted: 'event', error_code: 426, error: 'No such room (7)' };

  plugin.answer = () => {
    throw refusal;
  };
  const [atOnce] = await handle.message({});
  plugin.answer = () => ({ type: 'ack', event: Promise.reject(refusal) });
  const [ack, later] = await handle.message({});

  assert.deepEqual([atOnce?.['janus'], member(atOnce, 'plugindata', 'data')], ['success', data]);
  assert.equal(ack?.['janus'], 'ack');
  assert.deepEqual([later?.['janus'], member(later, 'plugindata', 'data')], ['event', data]);
});

test('a bug of a plugin is answered, without a word of what happened inside', async () => {
  const { plugin, handle } = await start();

  plugin.answer = () => {
    throw new TypeError('x is undefined');
  };
  const [atOnce] = await handle.message({});
  plugin.answer = () => ({ type: 'ack', event: Promise.reject(new TypeError('x is undefined')) });
  const [, later] = await handle.message({});

  assert.deepEqual(atOnce?.['error'], { code: 462, reason: 'Error sending message to plugin' });
  const data = { scripted: 'event', error_code: 499, error: 'Internal error' };
  assert.deepEqual(member(later, 'plugindata', 'data'), data);
});

test('messages of one handle do not overlap, and candidates do not wait for them', async () => {
  const { plugin, handle } = await start();
  let finish: () => void = () => undefined;
  plugin.answer = () => ({
    type: 'ack',
    event: new Promise((resolve) => {
      finish = () => resolve({ data: {} });
    }),
  });

  await handle.message({ n: 1 });
  await handle.message({ n: 2 });
  await handle.ask('trickle', { candidate: null });
  const before = handle.heard();
  finish();
  await handle.ask('trickle', { candidate: null });

  assert.deepEqual(before, ['ack', 'ack']);
  assert.deepEqual(handle.heard(), ['ack', 'event', 'ack']);
  assert.deepEqual(plugin.heard, ['message {"n":1}', 'message {"n":2}']);
});

test('a call goes from offer to goodbye in the order that clients rely on', async () => {
  const { world, plugin, handle } = await start();
  answering(plugin);
  plugin.onHangup = (port) => port.pushEvent({ data: { result: 'done' } });
  const browser = new FakePeer(world.peers);
  browser.openChannel('chat');

  const [, event] = await handle.message({}, { type: 'offer', sdp: browser.offer(['audio', 'data']) });
  const sdp = member(event, 'jsep', 'sdp');
  browser.accept(String(sdp));
  await handle.ask('trickle', { candidate: { completed: true } });
  browser.sendRtp('0');
  browser.sendData('chat', 'hello');
  await handle.ask('hangup');

  assert.deepEqual(handle.heard(), [
    ...['ack', 'event', 'ack', 'webrtcup', 'media', 'success', 'event', 'hangup Janus API'],
  ]);
  assert.deepEqual(plugin.heard, ['message {}', 'setup', 'data chat hello', 'hangup Janus API']);
  assert.deepEqual(world.peer.candidates, [undefined]);
  assert.equal(world.gateway.counts.peerConnections, 0);
});

test('a handle negotiates again on the same connection, and after a hangup on a new one', async () => {
  const { world, plugin, handle } = await start();
  answering(plugin);
  const jsep = { type: 'offer', sdp: offerSdp };

  await handle.message({ n: 1 }, jsep);
  await handle.message({ n: 2 }, jsep);
  await handle.ask('hangup');
  await handle.message({ n: 3 }, jsep);

  assert.equal(world.peers.made.length, 2);
  assert.equal(world.peers.open, 1);
  assert.deepEqual(plugin.heard, [
    ...['message {"n":1}', 'message {"n":2} update', 'hangup Janus API', 'message {"n":3}'],
  ]);
});

test('a new offer waits while the connection before it is being released', async () => {
  const { world, plugin, handle } = await start();
  answering(plugin);
  const jsep = { type: 'offer', sdp: offerSdp };
  await handle.message({}, jsep);
  world.peer.release = new Promise(() => undefined);
  await handle.ask('hangup');
  handle.client.take();

  await handle.message({}, jsep);
  const early = handle.heard();
  await world.clock.run(3000);

  assert.deepEqual(early, []);
  assert.equal(member(handle.client.take()[0], 'error', 'code'), 471);
});

test('a plugin that offers gets the answer', async () => {
  const { world, plugin, handle } = await start();
  const browser = new FakePeer(world.peers);
  const streams = audio.map(({ kind, direction, codecs }) => ({ kind, direction, codecs }));
  plugin.answer = ({ jsep }, port) => ({
    type: 'ack',
    event: jsep
      ? port.acceptAnswer(jsep).then(() => ({ data: {} }))
      : port.offer(streams).then((offer) => ({ data: {}, jsep: offer })),
  });

  const [, offered] = await handle.message({});
  const sdp = browser.answer(String(member(offered, 'jsep', 'sdp')));
  await handle.message({}, { type: 'answer', sdp });
  await handle.ask('trickle', { candidate: null });

  assert.deepEqual(handle.heard(), ['ack', 'event', 'ack', 'webrtcup', 'event', 'ack']);
});

test('what a plugin does to a connection that is not there has no effect, or throws RangeError', async () => {
  const { plugin } = await start();
  const port = plugin.handle;

  assert.throws(() => port?.sender('0'), RangeError);
  assert.equal(port?.relayData('chat', 'x'), false);
  port.sendPli('0');
  port.limitBitrate(1);
  port.closePeerConnection('Close PC');
  await assert.rejects(port.acceptAnswer({ type: 'answer', sdp: offerSdp }), NegotiationError);
});

test('a session that ends in a call releases all and says nothing more', async () => {
  const { world, plugin, handle } = await start();
  answering(plugin);
  plugin.onHangup = (port) => port.pushEvent({ data: { result: 'done' } });
  await handle.message({}, { type: 'offer', sdp: offerSdp });
  handle.client.take();

  const { session_id } = handle;
  await handle.client.ask({ janus: 'destroy', transaction: 'd', session_id });
  plugin.handle?.pushEvent({ data: {} });
  await world.clock.run(60_000);

  assert.deepEqual(handle.heard(), ['success']);
  assert.deepEqual(plugin.heard, ['message {}', 'hangup Detach', 'destroy']);
  assert.deepEqual(world.gateway.counts, { sessions: 0, handles: 0, peerConnections: 0 });
  assert.equal(world.clock.pending, 0);
});

test('a hook that throws ends its handle, and no other', async () => {
  const { world, plugin, handle } = await start();
  const { session_id } = handle;
  plugin.onHangup = () => {
    throw new Error('a bug');
  };

  await handle.ask('hangup');
  const told = await handle.ask('hangup');

  assert.deepEqual(handle.heard().slice(0, 2), ['success', 'detached']);
  assert.equal(member(told[0], 'error', 'code'), 459);
  assert.deepEqual(plugin.heard, ['hangup Janus API', 'destroy']);
  const attach = { janus: 'attach', transaction: 'a', session_id, plugin: plugin.package };
  const [attached] = await handle.client.ask(attach);
  assert.equal(attached?.['janus'], 'success');
  assert.equal(world.gateway.counts.sessions, 1);
});
