import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { runExample } from '../../support/run-example.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';

const offerJson = readFileSync(new URL('../../../../deploy/examples/offer.json', import.meta.url), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const withCurl = { skip: hasCurl || process.env['CI'] === 'true' ? false : 'curl is not installed' };

let broker: BrokerProcess;
let watcher: NatsCaller;

before(async () => {
  broker = await BrokerProcess.start();
  watcher = await NatsCaller.connect(broker.ports['nats'] ?? 0);
});

after(async () => {
  await watcher[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

/** Says `lines` to the bus as they are, and gives everything it said until `isEnough`. */
async function conversation(lines: readonly string[], isEnough: (said: string) => boolean): Promise<string> {
  const socket = connect(broker.ports['nats'] ?? 0, '127.0.0.1');
  try {
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.write(lines.map((line) => `${line}\r\n`).join(''));
    await eventually('the bus has said enough', 10_000, () => isEnough(said));
    return said;
  } finally {
    socket.destroy();
  }
}

/** The payload of the one MSG on `subject`, once it is complete; undefined before. */
function payloadIn(said: string, subject: string): Fields | undefined {
  const found = new RegExp(`^MSG ${subject} \\d+ (\\d+)\\r\\n`, 'm').exec(said);
  if (found === null) return undefined;
  const bytes = Buffer.from(said.slice(found.index + found[0].length));
  const size = Number(found[1]);
  return bytes.length < size + 2 ? undefined : fieldsOf(JSON.parse(bytes.toString('utf8', 0, size)));
}

function assertAnswers(sdp: string): void {
  assert.match(sdp, /^v=0\r\n/);
  assert.match(sdp, /^a=ice-lite\r$/m);
  assert.deepEqual(
    [...sdp.matchAll(/^m=(\w+) ([1-9]\d*)/gm)].map(([, kind]) => kind),
    ['audio', 'video', 'application'],
  );
}

test('NATS typed by hand over TCP gets the answer to the sample offer', async () => {
  const size = Buffer.byteLength(offerJson);
  const said = await conversation(
    [
      'CONNECT {"verbose":false,"pedantic":false}',
      'SUB reply.here 1',
      `PUB media.cmd reply.here ${size}`,
      offerJson,
      'PING',
    ],
    (text) => text.includes('PONG\r\n') && payloadIn(text, 'reply.here') !== undefined,
  );
  const reply = payloadIn(said, 'reply.here') ?? {};
  const data = fieldsOf(reply['data']);

  assert.match(said, /^INFO \{/);
  assert.equal(reply['result'], 'ok');
  assert.equal(reply['tid'], 1);
  assertAnswers(textOf(fieldsOf(data['answer']), 'sdp'));
  await watcher.command('session.destroy', { session_id: textOf(data, 'session_id') });
});

const examples = [
  { file: 'echo-nats.mjs', port: 'nats', scheme: 'nats', skip: false },
  { file: 'echo-websocket.mjs', port: 'commands', scheme: 'ws', skip: false },
  { file: 'echo-curl.sh', port: 'http', scheme: 'http', skip: withCurl.skip },
] as const;

for (const { file, port, scheme, skip } of examples) {
  test(`the example ${file} prints an answer and ends its session`, { skip }, async () => {
    const ending = await runExample(file, `${scheme}://127.0.0.1:${broker.ports[port] ?? 0}`);

    assert.deepEqual([ending.code, ending.stderr], [0, '']);
    assertAnswers(ending.stdout);
    await eventually('no session is left', 5000, async () => {
      assert.deepEqual(await watcher.ask('session.get_list', {}), { result: 'ok', data: [] });
      return true;
    });
  });
}
