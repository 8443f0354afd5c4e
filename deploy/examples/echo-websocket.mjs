// Creates an echo session over the command WebSocket, prints the answer SDP and ends the session.
// node echo-websocket.mjs [url]
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { WebSocket } from 'ws';

const { env, argv, stdout, stderr } = process;
const url = argv[2] ?? `ws://127.0.0.1:${env.BIFRONS_COMMAND_PORT ?? 9010}`;
const create = JSON.parse(readFileSync(new URL('offer.json', import.meta.url), 'utf8'));

/** The broker answers every command within 30 s. */
const timeoutMs = 35_000;

/** Replies that are waited for, by tid. */
const waiting = new Map();
let lastTid = 0;

/** Sends one command and resolves with the data of its reply. Rejects with the broker's error. */
function command(socket, envelope) {
  const tid = ++lastTid;
  return new Promise((resolve, reject) => {
    waiting.set(tid, { resolve, reject });
    socket.send(JSON.stringify({ ...envelope, tid }));
  });
}

/** Requests of the broker (events, pings) are answered; an `ack` says that a reply will come, and changes nothing here. */
function receive(socket, text) {
  const message = JSON.parse(text);
  if (message.cmd !== undefined) {
    if (message.tid !== undefined) socket.send(JSON.stringify({ result: 'ok', tid: message.tid }));
    return;
  }
  const { result, tid, data } = message;
  if (result === undefined || !waiting.has(tid)) return;
  const { resolve, reject } = waiting.get(tid);
  waiting.delete(tid);
  if (result === 'ok') resolve(data ?? {});
  else reject(new Error(`${data.code} ${data.name}: ${data.error}${data.hint ? ` (${data.hint})` : ''}`));
}

/** Rejects every wait once the connection is gone or `timeoutMs` are over. */
function failAll(reason) {
  for (const { reject } of waiting.values()) reject(new Error(reason));
  waiting.clear();
}

try {
  const socket = new WebSocket(url, { handshakeTimeout: 5000 });
  socket.on('message', (text) => receive(socket, text));
  socket.on('close', (code) => failAll(`the broker closed the connection (${code})`));
  await once(socket, 'open');
  const timer = setTimeout(() => failAll('the broker did not answer'), timeoutMs);
  try {
    await command(socket, { class: 'core', subclass: 'user', cmd: 'login', data: { user: 'example' } });
    const { session_id, answer } = await command(socket, create);
    stdout.write(answer.sdp);
    await command(socket, { class: 'media', subclass: 'session', cmd: 'destroy', data: { session_id } });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
} catch (error) {
  stderr.write(`echo-websocket: ${error.message || `no connection to ${url}`}\n`);
  process.exitCode = 1;
}
