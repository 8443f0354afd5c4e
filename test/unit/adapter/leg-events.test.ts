import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LegEvent } from '#services/session';
import { toLegEvent } from '../../../backend-janus/adapter/leg-events.ts';

const sender = 1;

function reasonOf(event: LegEvent | undefined): string | undefined {
  return event?.type === 'gone' ? event.reason : undefined;
}

test('the reason of a hangup says who or what ended the media', () => {
  const reasons = ['DTLS alert', 'ICE failed', 'DTLS timeout', 'DTLS error', 'Close PC', 'something new'];

  const told = reasons.map((reason) => reasonOf(toLegEvent({ janus: 'hangup', sender, reason })));

  assert.deepEqual(told, [
    'normal_termination',
    'ice_timeout',
    'dtls_failed',
    'dtls_failed',
    'janus_session_down',
    'janus_session_down',
  ]);
});

test('a session or handle that Janus took away is down', () => {
  assert.equal(reasonOf(toLegEvent({ janus: 'timeout' })), 'janus_session_down');
  assert.equal(reasonOf(toLegEvent({ janus: 'detached', sender })), 'janus_session_down');
});

test('what Janus sends and the client misses is not lost on the way to us', () => {
  const slow = { janus: 'slowlink', sender, mid: '0', lost: 7 } as const;

  assert.deepEqual(toLegEvent({ ...slow, uplink: true }), {
    type: 'slow_link',
    isUplink: false,
    lostPackets: 7,
  });
  assert.deepEqual(toLegEvent({ ...slow, uplink: false }), {
    type: 'slow_link',
    isUplink: true,
    lostPackets: 7,
  });
});

test('media, connection and candidates are told in the words of the port', () => {
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
  const media = { janus: 'media', sender, mid: '0', type: 'video', receiving: false } as const;

  assert.deepEqual(toLegEvent({ janus: 'webrtcup', sender }), { type: 'media_up' });
  assert.deepEqual(toLegEvent(media), { type: 'media', kind: 'video', isFlowing: false });
  assert.deepEqual(toLegEvent({ janus: 'trickle', sender, candidate }), { type: 'candidate', candidate });
  assert.deepEqual(toLegEvent({ janus: 'trickle', sender, candidate: { completed: true } }), {
    type: 'candidate',
    candidate: undefined,
  });
});

test('what a plugin says unasked is not told', () => {
  const plugindata = { plugin: 'janus.plugin.echotest', data: { result: 'done' } };

  assert.equal(toLegEvent({ janus: 'event', sender, plugindata }), undefined);
});

test('a client that falls silent is told of, and an end that follows is its silence', () => {
  const silence = toLegEvent({ janus: 'ice-failed', sender });

  const ends = ['ICE failed', 'DTLS alert'].map((reason) =>
    reasonOf(toLegEvent({ janus: 'hangup', sender, reason }, true)),
  );

  assert.deepEqual(silence, { type: 'media_timeout' });
  assert.deepEqual(ends, ['media_timeout', 'normal_termination']);
});
