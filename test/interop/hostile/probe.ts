// Loaded into the broker before its own code (`--import`): measures from inside what cannot be seen from outside.
// Answers questions on the Unix socket that PROBE_SOCKET names, one line each.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import * as v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RoomRunner } from '../../../services/broker/rooms/room-runner.ts';
import { SessionRunner } from '../../../services/broker/sessions/session-runner.ts';
import { JanusLeg } from '../../../backend-janus/adapter/janus-leg.ts';
import { JanusRoom } from '../../../backend-janus/adapter/janus-room.ts';
import { HandleRunner } from '../../../backend-janus/gateway/handle/handle-runner.ts';
import { SessionRunner as JanusSessionRunner } from '../../../backend-janus/gateway/session-runner.ts';
import { Source } from '../../../backend-janus/media/forward/source.ts';
import { Room } from '../../../backend-janus/plugins/videoroom/rules/room.ts';
import { Feed } from '../../../backend-janus/plugins/videoroom/rules/feed.ts';
import { Subscriber } from '../../../backend-janus/plugins/videoroom/subscriber/subscriber.ts';
import { DtlsTransport } from '../../../backend-janus/webrtc/dtls/dtls-transport.ts';
import { AdmittedPeer } from '../../../backend-janus/webrtc/ice/mux-peer.ts';
import { WebRtcPeerConnection } from '../../../backend-janus/webrtc/peer-connection.ts';
import { MediaTransport } from '../../../backend-janus/webrtc/rtp/media-transport.ts';
import { DataChannels } from '../../../backend-janus/webrtc/sctp/data-channels.ts';

/** What every session, and every room, leaves in some table while it lives. */
const kinds = {
  sessions: SessionRunner,
  rooms: RoomRunner,
  legs: JanusLeg,
  janusSessions: JanusSessionRunner,
  handles: HandleRunner,
  janusRooms: JanusRoom,
  videoRooms: Room,
  feeds: Feed,
  subscribers: Subscriber,
  sources: Source,
  connections: WebRtcPeerConnection,
  peers: AdmittedPeer,
  handshakes: DtlsTransport,
  transports: MediaTransport,
  channels: DataChannels,
};

const lookMs = 5;

/** Milliseconds that the main thread has had a processor; what it waited for one is the machine's doing. */
function ranMs(): number {
  const [ran] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
  return Number(ran) / 1e6;
}

let longestMs = 0;
let longestWithWaitingMs = 0;
let lookedAt = performance.now();
let ranBefore = ranMs();

/** How late this turn of the event loop is, and how much of that the program itself was busy. */
function look(): void {
  const now = performance.now();
  const ran = ranMs();
  const late = now - lookedAt - lookMs;
  longestWithWaitingMs = Math.max(longestWithWaitingMs, late);
  longestMs = Math.max(longestMs, Math.min(late, ran - ranBefore));
  lookedAt = now;
  ranBefore = ran;
}

setInterval(look, lookMs).unref();

v8.setFlagsFromString('--expose-gc');

/** Twice, because finalisers run between. A new context has `gc` since the flag was set. */
function collectGarbage(): void {
  for (let turn = 0; turn < 2; turn += 1) runInNewContext('gc()');
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What is asked for, by its name. */
const answers: Readonly<Record<string, () => object>> = {
  /** The longest turn since the last question of this kind, in milliseconds. */
  stall: () => {
    look();
    const answer = { longestMs, longestWithWaitingMs };
    longestMs = longestWithWaitingMs = 0;
    return answer;
  },
  /** Bytes after a full collection, and what holds the loop. */
  memory: () => {
    collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    lookedAt = performance.now();
    return { rss, heapUsed, external, handles: countOf(process.getActiveResourcesInfo()) };
  },
  /** Objects alive, by kind. */
  alive: () => {
    const alive = Object.entries(kinds).map(([name, kind]) => [name, Number(v8.queryObjects(kind))] as const);
    lookedAt = performance.now();
    return Object.fromEntries(alive);
  },
};

createServer((connection) => {
  connection.on('error', () => undefined);
  createInterface(connection).on('line', (question) => {
    connection.write(`${JSON.stringify(answers[question]?.() ?? {})}\n`);
  });
  connection.unref();
})
  .listen(process.env['PROBE_SOCKET'] ?? '')
  .unref();
