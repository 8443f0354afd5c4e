import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { roomId, sessionId } from '#schemas';
import { Engines, JanusBackend, RemoteEngine } from '#janus/adapter';
import { webSocketConnection } from '#janus/client';
import { createLog, Scope, systemClock, systemRandom } from '#services/kernel';
import type { LegEvent, LegOperation, LegRequest, MediaLeg, RoomEvent } from '#services/session';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePeer } from '../../support/fake-peer.ts';
import { FakePeerConnectionFactory } from '../../support/fake-peer-connection.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { JanusServer, loopbackJanus } from '../support/janus-server.ts';

/** Real Janus takes descriptions of peers that are none; no media flows here. */
const peers = new FakePeerConnectionFactory(new FakeClock());
const settings = loopbackJanus(await freePort());
const scope = new Scope();
after(() => scope[Symbol.asyncDispose]());
const first = scope.own(await JanusServer.start(settings));
const log = createLog('silent', {});
const engines = scope.own(new Engines());
const connect = (): ReturnType<typeof webSocketConnection> =>
  webSocketConnection(first.url, { clock: systemClock, fault: assert.ifError });
scope.own(
  new RemoteEngine('real', { clock: systemClock, random: systemRandom, log, engines, node: 'n', connect }),
);
const backend = scope.own(
  new JanusBackend({ clock: systemClock, random: systemRandom, log, engines, node: 'n' }),
);
await eventually('the engine is up', 10_000, () => backend.isAvailable);

/** A leg and what it said. */
class Party implements AsyncDisposable {
  readonly events: LegEvent[] = [];
  readonly #leg: MediaLeg;
  #operations = 1;

  constructor(id: string, request: Partial<LegRequest>) {
    const whole = { operation: 1, type: 'echo', role: 'offeree', media: {}, ...request } as const;
    this.#leg = backend.open({ ...whole, sessionId: sessionId(id) }, (event) => this.events.push(event));
  }

  get said(): string[] {
    return this.events.map((event) => {
      if (event.type === 'failed') return `failed ${event.operation} ${event.error.code}`;
      if (event.type === 'type') return `type ${event.sessionType} ${Object.values(event.ext).join(' ')}`;
      return event.type === 'done'
        ? `done ${event.operation}`
        : event.type === 'gone'
          ? `gone ${event.reason}`
          : event.type;
    });
  }

  get sdp(): string {
    const done = this.events.find((event) => event.type === 'done' && event.operation === 1);
    return done?.type === 'done' ? (done.local?.sdp ?? '') : '';
  }

  says(text: string): Promise<unknown> {
    return eventually(`${text}, not ${this.said.join(', ')}`, 5000, () => this.said.includes(text));
  }

  async ask(what: LegOperation): Promise<string> {
    this.#operations += 1;
    const operation = this.#operations;
    this.#leg.request(operation, what);
    const words = [`done ${operation}`, `failed ${operation} `];
    return eventually(`${what.type} has an outcome`, 5000, () =>
      this.said.find((text) => words.some((word) => text.startsWith(word))),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#leg[Symbol.asyncDispose]());
  }
}

function offer(...kinds: ('audio' | 'video' | 'data')[]): string {
  return new FakePeer(peers).offer(kinds);
}

function answerTo(sdp: string): string {
  return new FakePeer(peers).answer(sdp);
}

function plainAudio(payload: string, codec: string): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const media = [`m=audio 40000 RTP/AVP ${payload}`, `a=rtpmap:${payload} ${codec}/8000`, 'a=sendrecv', ''];
  return [...lines, ...media].join('\r\n');
}

test('an echo is parked and comes back on a real Janus', async () => {
  await using echo = new Party('echo', {
    offer: { sdp: offer('audio', 'video') },
    media: { muteAudio: true },
  });

  await echo.says('done 1');
  const outcomes = [
    await echo.ask({ type: 'set_type', to: 'park' }),
    await echo.ask({ type: 'set_type', to: 'echo' }),
    await echo.ask({ type: 'stats' }),
  ];

  assert.deepEqual(outcomes, ['done 2', 'done 3', 'failed 4 not_implemented']);
});

test('of two bridges the first answer wins on a real Janus, and its end leaves the caller alone', async () => {
  await using caller = new Party('a', { type: 'proxy', offer: { sdp: offer('audio', 'video') } });
  await using loser = new Party('c', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });
  await using callee = new Party('b', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });
  await callee.says('type bridge a slave videocall');
  await loser.says('done 1');

  const won = await callee.ask({ type: 'accept', answer: { sdp: answerTo(callee.sdp) } });
  const lost = await loser.ask({ type: 'accept', answer: { sdp: answerTo(loser.sdp) } });
  await caller.says('type bridge b master videocall');
  await loser[Symbol.asyncDispose]();
  const updated = await callee.ask({ type: 'update', media: { muteAudio: true } });
  await callee[Symbol.asyncDispose]();

  assert.deepEqual([won, lost, updated], ['done 2', 'failed 2 already_answered', 'done 3']);
  await caller.says('peer_left');
  assert.deepEqual(caller.said.slice(0, 2), ['type proxy videocall', 'done 1']);
});

test('bridges that ring end with their caller', async () => {
  const caller = new Party('a', { type: 'proxy', offer: { sdp: offer('audio') } });
  await using callee = new Party('b', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });
  await callee.says('done 1');

  await caller[Symbol.asyncDispose]();

  await callee.says('gone peer_stopped');
});

test('a WebRTC caller reaches plain RTP by a real Janus', async () => {
  await using caller = new Party('a', {
    type: 'proxy',
    sdpType: 'rtp',
    offer: { sdp: offer('audio', 'data') },
  });
  await using callee = new Party('b', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });
  await callee.says('type bridge a slave to_sip');

  const answers = [plainAudio('18', 'G729'), 'garbage', plainAudio('0', 'PCMU')];
  const outcomes = [];
  for (const sdp of answers)
    outcomes.push(await callee.ask({ type: 'accept', answer: { sdp, sdp_type: 'rtp' } }));
  outcomes.push(await callee.ask({ type: 'update', media: { muteAudio: true } }));

  assert.match(callee.sdp, /^m=audio \d+ RTP\/AVP/m);
  assert.deepEqual(outcomes, [
    'failed 2 codec_mismatch',
    'failed 3 invalid_sdp',
    'done 4',
    'failed 5 invalid_operation',
  ]);
  await caller.says('type bridge b master to_sip');
  assert.match(caller.sdp, /^m=application 0 /m);
});

test('plain RTP reaches a WebRTC callee by a real Janus', async () => {
  const sdp = plainAudio('0', 'PCMU');
  await using caller = new Party('a', { type: 'proxy', offer: { sdp, sdp_type: 'rtp' } });
  await using callee = new Party('b', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });
  await callee.says('type bridge a slave from_sip');

  await callee.ask({ type: 'accept', answer: { sdp: answerTo(callee.sdp) } });

  await caller.says('type bridge b master from_sip');
  assert.match(caller.sdp, /^m=audio \d+ RTP\/AVP 0/m);
});

test('a room, its publisher and what it may not find, on a real Janus', async () => {
  const told: RoomEvent['type'][] = [];
  await using room = backend.openRoom({ roomId: roomId('r'), codecs: ['opus', 'VP8'] }, ({ type }) =>
    told.push(type),
  );
  await eventually('the room is there', 5000, () => told.includes('done'));
  assert.ok(room);

  await using publisher = new Party('p', {
    type: 'publish',
    roomId: roomId('r'),
    offer: { sdp: offer('audio') },
  });
  await publisher.says('type publish r');
  const updated = await publisher.ask({ type: 'update', media: { muteAudio: true, muteData: true } });
  await using lost = new Party('q', { type: 'publish', roomId: roomId('s'), offer: { sdp: offer('audio') } });
  await using deaf = new Party('l', { type: 'listen', role: 'offerer', publisherId: sessionId('nobody') });

  assert.equal(updated, 'done 2');
  await lost.says('failed 1 room_not_found');
  await deaf.says('failed 1 invalid_publisher');
});

test('a Janus that dies ends its sessions with the reason, and takes new ones within 5 s of its return', async (t) => {
  await using echo = new Party('e', { offer: { sdp: offer('audio') } });
  await echo.says('done 1');

  await first.kill();
  await echo.says('gone engine_died');
  assert.equal(backend.isAvailable, false);
  scope.own(await JanusServer.start(settings));
  const returnedAt = performance.now();
  await eventually('it takes legs again', 5000, () => backend.isAvailable);

  t.diagnostic(`taken again after ${(performance.now() - returnedAt).toFixed(0)} ms`);
  await using second = new Party('f', { offer: { sdp: offer('audio') } });
  await second.says('done 1');
});
