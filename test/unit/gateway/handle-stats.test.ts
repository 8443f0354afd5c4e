import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePeer } from '../../support/fake-peer.ts';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';

const stats = { bifrons: { request: 'stats' } };

function streamsIn(message: unknown): readonly unknown[] {
  const streams = member(message, 'plugindata', 'data', 'bifrons', 'stats', 'streams');
  return Array.isArray(streams) ? streams : ['no streams'];
}

test('a handle without a peer connection has no streams', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.videocall');

  const [reply, ...others] = await handle.message(stats);

  assert.equal(reply?.['janus'], 'success');
  assert.equal(reply['sender'], handle.handle_id);
  const data = { bifrons: { stats: { time: world.clock.wallTime(), streams: [] } } };
  assert.deepEqual(reply['plugindata'], { plugin: 'janus.plugin.videocall', data });
  assert.deepEqual(others, []);
});

test('the counters of a connection name media, codec and addresses', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.echotest');
  const browser = new FakePeer(world.peers);
  const sdp = browser.offer(['audio', 'video']);
  const [, event] = await handle.message({ bitrate: 64_000 }, { type: 'offer', sdp });
  browser.accept(String(member(event, 'jsep', 'sdp')));
  await world.clock.run(0);
  browser.sendRtp('0', 3);

  const reply = (await handle.message(stats)).at(-1);

  const facts = member(reply, 'plugindata', 'data', 'bifrons', 'stats');
  assert.deepEqual(
    ['bitrate_limit', 'local_address', 'remote_address', 'protocol'].map((name) => member(facts, name)),
    [64_000, '127.0.0.1:10000', '127.0.0.2:50000', 'udp'],
  );
  assert.deepEqual(
    streamsIn(reply).map((stream) =>
      ['mid', 'media', 'direction', 'codec', 'packets'].map((name) => member(stream, name)),
    ),
    [
      ['0', 'audio', 'in', 'opus', 3],
      ['0', 'audio', 'out', 'opus', 3],
      ['1', 'video', 'out', 'VP8', 0],
    ],
  );
});

test('counters are told past a message that the plugin is busy with', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.echotest');
  const browser = new FakePeer(world.peers);

  const [told] = await Promise.all([
    handle.message({}, { type: 'offer', sdp: browser.offer(['audio']) }),
    handle.message(stats),
  ]);

  assert.deepEqual(
    told.map(({ janus }) => janus),
    ['ack', 'success', 'event'],
  );
});

test('a request with a description is the plugin’s', async () => {
  await using world = new JanusWorld();
  const handle = await TestHandle.attach(world, 'janus.plugin.echotest');
  const browser = new FakePeer(world.peers);

  const told = await handle.message(stats, { type: 'offer', sdp: browser.offer(['audio']) });

  assert.deepEqual(
    told.map(({ janus }) => janus),
    ['ack', 'event'],
  );
});
