import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusError } from '#janus/client';
import { readIncoming } from '../../../backend-janus/client/incoming.ts';

const plugindata = { plugin: 'janus.plugin.echotest', data: { echotest: 'event', result: 'ok' } };
const answer = {
  janus: 'event',
  session_id: 1,
  transaction: 't',
  sender: 2,
  plugindata,
  jsep: { type: 'answer', sdp: 'v=0' },
};

test('events of Janus are read with the members we know', () => {
  const media = { janus: 'media', session_id: 1, sender: 2, mid: '0', type: 'audio', receiving: true };
  const slow = {
    janus: 'slowlink',
    session_id: 1,
    sender: 2,
    mid: '0',
    uplink: true,
    lost: 4,
    media: 'audio',
  };

  assert.deepEqual(readIncoming({ ...media, seconds: 1 })?.content, {
    type: 'event',
    event: { janus: 'media', sender: 2, mid: '0', type: 'audio', receiving: true },
  });
  assert.deepEqual(readIncoming(slow)?.content, {
    type: 'event',
    event: { janus: 'slowlink', sender: 2, mid: '0', uplink: true, lost: 4 },
  });
  assert.deepEqual(readIncoming({ janus: 'timeout', session_id: 1 }), {
    transaction: undefined,
    sessionId: 1,
    content: { type: 'event', event: { janus: 'timeout' } },
  });
});

test('the data of server_info is the whole message', () => {
  const info = { janus: 'server_info', transaction: 't', version_string: '1.1.2' };

  assert.deepEqual(readIncoming(info)?.content, {
    type: 'reply',
    reply: { janus: 'server_info', data: info },
  });
});

test('an error without a description is still a refusal', () => {
  const content = readIncoming({ janus: 'error', transaction: 't' })?.content;

  assert.ok(content?.type === 'reply' && content.reply instanceof JanusError);
  assert.equal(content.reply.number, 490);
});

test('what no Janus sends is not read', () => {
  const nonsense = [null, 1, 'event', [], {}, { janus: 'event' }, { janus: 'webrtcup', sender: '2' }];
  const incomplete = [
    { ...answer, plugindata: 'text' },
    { janus: 'media', sender: 1, type: 'text', receiving: true },
    { janus: 'slowlink', sender: 1 },
    { janus: 'trickle', sender: 1, candidate: 7 },
  ];

  assert.deepEqual(
    [...nonsense, ...incomplete].map(readIncoming),
    [...nonsense, ...incomplete].map(() => undefined),
  );
});

test('no value in any place makes the reader throw', () => {
  const values = [undefined, null, 0, -1, 1.5, '', 'x', true, [], {}, [{}], { data: null }, { sdp: 1 }];
  const messages = [
    answer,
    { janus: 'success', transaction: 't', session_id: 1, data: { id: 1 }, plugindata },
    { janus: 'error', transaction: 't', error: { code: 1, reason: 'r' } },
    { janus: 'trickle', sender: 1, candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 } },
  ];

  for (const message of messages)
    for (const name of Object.keys(message))
      for (const value of values)
        assert.doesNotThrow(() => readIncoming({ ...message, [name]: value }), name);
});
