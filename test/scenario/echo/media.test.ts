import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId, type Offer } from '#schemas';
import type { LegEvent, LegOperation, MediaLeg, MediaUpdate } from '#services/session';
import { EmbeddedJanus, nothing } from '../../support/embedded-janus.ts';
import { settle } from '../../support/fake-clock.ts';
import type { FakePeerConnection } from '../../support/fake-peer-connection.ts';
import { FakePeer } from '../../support/fake-peer.ts';

/** A client with its echo: what it sends, and what its leg told. */
class Call {
  readonly events: LegEvent[] = [];
  readonly peer: FakePeer;
  readonly leg: MediaLeg;
  readonly #janus: EmbeddedJanus;
  #operations = 1;

  constructor(janus: EmbeddedJanus, media: MediaUpdate = {}, trickle: Pick<Offer, 'trickle_ice'> = {}) {
    this.#janus = janus;
    this.peer = new FakePeer(janus.peers);
    const offer = { sdp: this.peer.offer(['audio', 'video', 'data']), ...trickle };
    const request = { operation: 1, sessionId: sessionId('s'), type: 'echo', role: 'offeree' } as const;
    this.leg = janus.backend.open({ ...request, offer, media }, (event) => this.events.push(event));
  }

  /** Waits for the answer, and gives it to the client, who connects and opens a data channel. */
  async connect(): Promise<void> {
    await settle();
    this.peer.accept(this.answer);
    this.peer.openChannel('chat');
    await settle();
  }

  get answer(): string {
    const [done] = this.events.flatMap((event) => (event.type === 'done' ? (event.local?.sdp ?? []) : []));
    assert.ok(done);
    return done;
  }

  async ask(what: LegOperation): Promise<LegEvent | undefined> {
    this.#operations += 1;
    const operation = this.#operations;
    this.leg.request(operation, what);
    await settle();
    return this.events.find((event) => 'operation' in event && event.operation === operation);
  }

  /** What comes back when the client sends one of each. */
  async echoed(): Promise<object> {
    const before = this.#received();
    this.peer.sendRtp('0');
    this.peer.sendRtp('1');
    this.peer.sendData('chat', 'hello');
    await settle();
    const after = this.#received();
    return {
      audio: after.audio - before.audio,
      video: after.video - before.video,
      data: after.data - before.data,
    };
  }

  /** The server's end. */
  get connection(): FakePeerConnection {
    const connection = this.#janus.peers.made.at(-1);
    assert.ok(connection);
    return connection;
  }

  #received(): { readonly audio: number; readonly video: number; readonly data: number } {
    const { peer } = this;
    const [audio, video] = [peer.received('0').length, peer.received('1').length];
    return { audio, video, data: peer.dataReceived.length };
  }
}

function types(events: readonly LegEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'gone') return `gone ${event.reason}`;
    return event.type === 'media' ? `media ${event.kind} ${event.isFlowing ? 'up' : 'down'}` : event.type;
  });
}

test('what a client sends comes back to it', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);

  await call.connect();
  const echoed = await call.echoed();

  assert.deepEqual(echoed, { audio: 1, video: 1, data: 1 });
  assert.deepEqual(types(call.events), ['done', 'media_up', 'media audio up', 'media video up']);
});

test('each mute silences just what it names, and unmuting brings it back', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  const seen: object[] = [];
  for (const media of [{ muteAudio: true }, { muteVideo: true }, { muteData: true }, { muteAudio: false }]) {
    assert.equal((await call.ask({ type: 'update', media }))?.type, 'done');
    seen.push(await call.echoed());
  }

  assert.deepEqual(seen, [
    { audio: 0, video: 1, data: 1 },
    { audio: 0, video: 0, data: 1 },
    { audio: 0, video: 0, data: 0 },
    { audio: 1, video: 0, data: 0 },
  ]);
});

test('what is muted from the start does not come back even once', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus, { muteAudio: true, muteData: true, bitsPerSecond: 200_000 });

  await call.connect();
  const echoed = await call.echoed();

  assert.deepEqual(echoed, { audio: 0, video: 1, data: 0 });
  assert.equal(call.connection.bitrateLimit, 200_000);
});

test('the bitrate limit is in bit/s, and 0 lifts it', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  await call.ask({ type: 'update', media: { bitsPerSecond: 64_000 } });
  const limited = call.connection.bitrateLimit;
  await call.ask({ type: 'update', media: { bitsPerSecond: 0 } });

  assert.equal(limited, 64_000);
  assert.ok((call.connection.bitrateLimit ?? 0) >= 10_000_000);
});

test('candidates asked for before the answer reach the connection in order', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus, {}, { trickle_ice: true });
  const candidates = [1, 2].map((port) => ({
    candidate: `candidate:1 1 udp 1 192.0.2.1 ${port} typ host`,
    sdpMid: '0',
    sdpMLineIndex: 0,
  }));

  for (const [index, candidate] of [...candidates, undefined].entries())
    call.leg.request(index + 2, { type: 'add_candidate', candidate });
  await settle();

  assert.deepEqual(call.connection.candidates, [...candidates, undefined]);
});

test('a new offer is answered on the same connection', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  const sdp = call.peer.offer(['audio', 'video', 'data']);
  const done = await call.ask({ type: 'renegotiate', offer: { sdp } });

  assert.ok(done?.type === 'done' && done.local?.sdp.startsWith('v=0'));
  assert.equal(janus.peers.made.length, 1);
});

test('a refused new offer leaves the echo as it was', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  const failed = await call.ask({
    type: 'renegotiate',
    offer: { sdp: 'v=0\r\no=x\r\ns=-\r\nm=nonsense\r\n' },
  });
  const echoed = await call.echoed();

  assert.ok(failed?.type === 'failed' && failed.error.code === 'invalid_sdp');
  assert.deepEqual(echoed, { audio: 1, video: 1, data: 1 });
});

test('lost packets are told from the side of the client', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  call.connection.slowDown('1', true, 12);
  await settle();

  assert.deepEqual(call.events.at(-1), { type: 'slow_link', isUplink: true, lostPackets: 12 });
});

for (const [ending, reason] of [
  ['dtls_alert', 'normal_termination'],
  ['dtls_failed', 'dtls_failed'],
  ['ice_failed', 'ice_timeout'],
] as const) {
  test(`a connection that ends by ${ending} is gone by ${reason}, and leaves nothing`, async () => {
    await using janus = await EmbeddedJanus.start();
    const call = new Call(janus);
    await call.connect();

    call.connection.fail(ending);
    await settle();

    assert.equal(types(call.events).at(-1), `gone ${reason}`);
    assert.deepEqual(janus.remains, nothing);
  });
}

test('a client that never connects is gone by ice_timeout', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await settle();

  await janus.clock.run(60_000);
  await settle();

  assert.equal(types(call.events).at(-1), 'gone ice_timeout');
  assert.deepEqual(janus.remains, nothing);
});

test('an echo lives for as long as its leg does', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  await janus.clock.run(3_600_000);
  const before = types(call.events);
  await call.leg[Symbol.asyncDispose]();
  await settle();

  assert.deepEqual(before, ['done', 'media_up']);
  assert.ok(call.peer.hasClosed);
  assert.deepEqual(janus.remains, nothing);
});

test('the end of the connection to an engine is the end of its legs', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus);
  await call.connect();

  await janus.connection[Symbol.asyncDispose]();
  await settle();

  assert.equal(types(call.events).at(-1), 'gone engine_died');
  assert.deepEqual(
    janus.engines.list().map(({ health }) => health),
    ['down'],
  );
  assert.deepEqual(janus.remains, nothing);
});

test('the two sides say to each other nothing that JSON cannot carry', async () => {
  await using janus = await EmbeddedJanus.start();
  const call = new Call(janus, { muteAudio: true, bitsPerSecond: 0 });
  await call.connect();
  await call.echoed();
  await call.ask({ type: 'add_candidate', candidate: undefined });
  await call.ask({ type: 'renegotiate', offer: { sdp: 'nonsense' } });
  call.peer.close();
  await settle();

  assert.ok(janus.said.length > 20);
  for (const message of janus.said) assert.deepStrictEqual(JSON.parse(JSON.stringify(message)), message);
});

test('1,000 echoes leave nothing behind', async () => {
  await using janus = await EmbeddedJanus.start();

  for (let batch = 0; batch < 20; batch += 1) {
    const calls = Array.from({ length: 50 }, () => new Call(janus));
    await settle();
    assert.ok(calls.every(({ events }) => events[0]?.type === 'done'));
    await Promise.all(calls.map(({ leg }) => leg[Symbol.asyncDispose]()));
  }
  await settle();

  assert.equal(janus.peers.made.length, 1000);
  assert.equal(janus.peers.open, 0);
  assert.deepEqual(janus.remains, nothing);
});
