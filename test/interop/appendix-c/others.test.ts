import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { fieldsOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { refusalIn } from './support/caller.ts';
import { call, echo, hears, hearsNothing, reads, readsNothing, sees, seesNothing } from './support/media.ts';

const { check } = await rowsOf(import.meta.url, ['other']);

check(
  'other',
  'a parked session gets nothing back until it becomes an echo, and nothing again later',
  async ({ caller }) => {
    using peer = new WrtcPeer();
    const session_id = await call(caller, peer, { type: 'park' });
    await eventually('it is connected', 10_000, () => peer.state === 'connected');

    await Promise.all([seesNothing(peer), hearsNothing(peer)]);
    await caller.command('session.set_type', { session_id, type: 'echo' });
    await Promise.all([sees(peer), hears(peer)]);
    await caller.command('session.set_type', { session_id, type: 'park' });
    await Promise.all([seesNothing(peer), hearsNothing(peer)]);

    const { type } = await caller.command('session.get_info', { session_id });
    assert.equal(type, 'park');
  },
);

check('other', 'data of a parked session do not come back', async ({ caller, difference }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  await reads(peer, peer, 'before');

  await caller.command('session.set_type', { session_id, type: 'park' });
  if (difference === undefined) await readsNothing(peer, peer);
  else await reads(peer, peer, 'parked');
  await caller.command('session.set_type', { session_id, type: 'echo' });

  await reads(peer, peer, 'again');
});

check('other', 'get_stats tells what came and went', async ({ caller, difference }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer);
  await sees(peer);

  const reply = await caller.ask('session.get_stats', { session_id });

  if (difference?.error !== undefined) {
    assert.deepEqual(refusalIn(reply), difference.error);
    await sees(peer);
    return;
  }
  const { streams, remote_address, protocol } = fieldsOf(reply['data']);
  assert.ok(Array.isArray(streams));
  const ways = streams.map((stream) => {
    const { media, direction, codec, packets } = fieldsOf(stream);
    assert.ok(typeof packets === 'number' && packets > 0, JSON.stringify(stream));
    return `${String(media)} ${String(direction)} ${String(codec).toLowerCase()}`;
  });
  assert.deepEqual(ways.toSorted(), ['audio in opus', 'audio out opus', 'video in vp8', 'video out vp8']);
  assert.equal(protocol, 'udp');
  assert.match(String(remote_address), /:\d+$/);
});
