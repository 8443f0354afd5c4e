// Creates an echo session over NATS, prints the answer SDP and ends the session.
// node echo-nats.mjs [server]
import { readFileSync } from 'node:fs';
import { connect } from 'nats';

const { env, argv, stdout, stderr } = process;
const server = argv[2] ?? env.NATS_URL ?? `nats://127.0.0.1:${env.BIFRONS_NATS_PORT ?? 4222}`;
const subject = `${env.BIFRONS_SUBJECT_PREFIX ?? 'media'}.cmd`;
const create = JSON.parse(readFileSync(new URL('offer.json', import.meta.url), 'utf8'));

/** The broker answers every command within 30 s. */
const timeoutMs = 35_000;

/** Sends one command and resolves with the data of its reply. Rejects with the broker's error. */
async function command(connection, envelope) {
  const message = await connection.request(subject, JSON.stringify(envelope), { timeout: timeoutMs });
  const { result, data } = message.json();
  if (result === 'ok') return data ?? {};
  throw new Error(`${data.code} ${data.name}: ${data.error}${data.hint ? ` (${data.hint})` : ''}`);
}

try {
  const connection = await connect({ servers: server.split(','), timeout: 5000, maxReconnectAttempts: 2 });
  try {
    const { session_id, answer } = await command(connection, create);
    stdout.write(answer.sdp);
    await command(connection, { class: 'media', subclass: 'session', cmd: 'destroy', data: { session_id } });
  } finally {
    await connection.close();
  }
} catch (error) {
  // The client's own errors say little by their message: code 503 is "nobody listens on that subject".
  stderr.write(
    `echo-nats: ${error.code === '503' ? `no broker listens on ${subject} of ${server}` : error.message}\n`,
  );
  process.exitCode = 1;
}
