import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { WebSocketServer } from 'ws';
import { checkCommand, checkEnvelope } from '#schemas';
import { runExample } from '../../support/run-example.ts';

const examples = new URL('../../../../deploy/examples/', import.meta.url);
const offerJson: unknown = JSON.parse(readFileSync(new URL('offer.json', examples), 'utf8'));
const answer = 'v=0\r\ns=an answer\r\n';
const refusal = {
  code: 309005,
  error: 'Invalid SDP',
  name: 'invalid_sdp',
  hint: 'data.offer.sdp has no fingerprint',
};
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const withCurl = { skip: hasCurl || process.env['CI'] === 'true' ? false : 'curl is not installed' };

/** What a broker would say to that command; it takes no offers when it is in a bad mood. */
function replyTo(body: unknown, mood: 'good' | 'bad', heard: string[]): object {
  const envelope = checkEnvelope(body);
  assert.ok(envelope.ok);
  const { cmd, tid } = envelope.value;
  heard.push(cmd);
  if (cmd === 'create' && mood === 'bad') return { result: 'error', tid, data: refusal };
  return {
    result: 'ok',
    tid,
    data: cmd === 'create' ? { session_id: 'node0001-a', answer: { sdp: answer } } : {},
  };
}

test('offer.json is a valid create with the offer of offer.sdp', () => {
  const envelope = checkEnvelope(offerJson);
  assert.ok(envelope.ok);
  const create = checkCommand('session.create', envelope.value.data);
  assert.ok(create.ok);

  assert.equal(create.value.offer?.sdp, readFileSync(new URL('offer.sdp', examples), 'utf8'));
  for (const needed of [
    /^m=audio /m,
    /^m=video /m,
    /^m=application /m,
    /^a=fingerprint:sha-256 /m,
    /^a=ice-pwd:.{22,}/m,
  ])
    assert.match(create.value.offer.sdp, needed);
});

for (const mood of ['good', 'bad'] as const) {
  test(`the curl example with a broker in a ${mood} mood`, withCurl, async () => {
    const heard: string[] = [];
    const app = fastify();
    app.post('/rpc', ({ body }) => replyTo(body, mood, heard));
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });

    const ending = await runExample('echo-curl.sh', origin);
    await app.close();

    judge(mood, heard, ending);
  });

  test(`the WebSocket example with a broker in a ${mood} mood`, async () => {
    const heard: string[] = [];
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => {
      socket.on('message', (bytes: Buffer) => {
        socket.send(JSON.stringify(replyTo(JSON.parse(bytes.toString()), mood, heard)));
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();

    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const ending = await runExample('echo-websocket.mjs', `ws://127.0.0.1:${port}`);
    server.close();

    judge(mood, heard.slice(1), ending);
  });
}

function judge(
  mood: 'good' | 'bad',
  heard: readonly string[],
  ending: Awaited<ReturnType<typeof runExample>>,
): void {
  if (mood === 'good') {
    assert.deepEqual(ending, { code: 0, stdout: answer, stderr: '' });
    assert.deepEqual(heard, ['create', 'destroy']);
    return;
  }
  assert.equal(ending.code, 1);
  assert.equal(ending.stdout, '');
  assert.match(ending.stderr, /309005[\s\S]*invalid_sdp/);
  assert.match(ending.stderr, /data\.offer\.sdp has no fingerprint/);
}

test('an example that finds no broker says so and fails', async () => {
  for (const [file, address] of [
    ['echo-nats.mjs', 'nats://127.0.0.1:1'],
    ['echo-websocket.mjs', 'ws://127.0.0.1:1'],
  ] as const) {
    const { code, stderr } = await runExample(file, address);

    assert.equal(code, 1);
    assert.match(stderr, /^echo-\w+: .+/);
  }
});
