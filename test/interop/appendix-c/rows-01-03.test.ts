import assert from 'node:assert/strict';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { fieldsOf, textOf } from '../support/nats-caller.ts';
import { rowsOf } from './support/appendix-c.ts';
import { refusalIn } from './support/caller.ts';
import { echo, hears, hearsNothing, sdpIn, sees } from './support/media.ts';

const { check } = await rowsOf(import.meta.url, [1, 2, 3]);

check(1, 'a session names its backend, whether it asked for one or not', async ({ caller }) => {
  for (const asked of [{}, { backend: 'nkmedia_janus' }]) {
    using peer = new WrtcPeer();
    const session_id = await echo(caller, peer, asked);

    const info = await caller.command('session.get_info', { session_id });

    assert.equal(info['backend'], 'nkmedia_janus');
  }
});

check(1, 'an unknown backend is refused', async ({ caller }) => {
  using peer = new WrtcPeer();
  const offer = { sdp: await peer.wholeOffer() };

  const reply = await caller.ask('session.create', { type: 'echo', backend: 'nkmedia_nobody', offer });

  assert.deepEqual(refusalIn(reply), { code: 300003, name: 'unknown_backend' });
});

check(2, 'wait_reply brings the answer of an echo, and its media come back', async ({ caller }) => {
  using peer = new WrtcPeer();
  await echo(caller, peer);

  await sees(peer);
  await hears(peer);
});

check(2, 'get_answer brings the answer of an echo', async ({ caller }) => {
  using peer = new WrtcPeer();
  const offer = { sdp: await peer.wholeOffer() };
  const created = await caller.command('session.create', { type: 'echo', offer });
  const session_id = textOf(created, 'session_id');

  const reply = await caller.command('session.get_answer', { session_id });
  await peer.accept(sdpIn(reply, 'answer'));

  assert.equal(created['answer'], undefined);
  assert.equal(reply['sdp'], fieldsOf(reply['answer'])['sdp']);
  await sees(peer);
});

check(2, 'an echo without an offer is refused', async ({ caller }) => {
  for (const wait_reply of [true, false]) {
    const reply = await caller.ask('session.create', { type: 'echo', wait_reply });

    assert.deepEqual(refusalIn(reply), { code: 100040, name: 'invalid_operation' });
  }
});

check(3, 'an echo created with mute_audio brings back the picture alone', async ({ caller }) => {
  using peer = new WrtcPeer();
  const session_id = await echo(caller, peer, { mute_audio: true });

  await sees(peer);
  await hearsNothing(peer);
  await caller.command('session.update_media', { session_id, mute_audio: false });
  await hears(peer);
});
