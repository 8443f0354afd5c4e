import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId, type Offer } from '#schemas';
import { Engines, JanusBackend } from '#janus/adapter';
import { JanusError } from '#janus/client';
import type { JanusRequest } from '#janus/protocol';
import { createLog } from '#services/kernel';
import type { LegEvent, MediaLeg, MediaUpdate } from '#services/session';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { fakeEchotest, FakeJanusConnection } from '../../support/fake-janus-connection.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

class Run implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly connection = new FakeJanusConnection();
  readonly engines = new Engines();
  readonly backend = new JanusBackend({
    node: 'here',
    clock: this.clock,
    engines: this.engines,
    random: new SeededRandom(),
    log: createLog('silent', {}),
  });
  readonly events: LegEvent[] = [];

  static async start(extensions: readonly string[] = ['echotest.data']): Promise<Run> {
    const run = new Run();
    run.connection.extensions = extensions;
    await run.engines.add('fake', run.connection);
    return run;
  }

  open(media: MediaUpdate = {}, offer: Offer = { sdp: 'v=0' }): MediaLeg {
    const request = { operation: 1, sessionId: sessionId('s'), type: 'echo', role: 'offeree' } as const;
    return this.backend.open({ ...request, offer, media }, (event) => this.events.push(event));
  }

  /** What was asked of the handle, without the ids. */
  get asked(): object[] {
    return this.connection.asked.flatMap((message) => withoutIds(message));
  }

  get said(): string[] {
    return this.events.map((event) => {
      if (event.type === 'failed') return `failed ${event.operation} ${event.error.code}`;
      if (event.type === 'gone') return `gone ${event.reason}`;
      return event.type === 'done' ? `done ${event.operation}` : event.type;
    });
  }

  emitHangup(reason: string): void {
    for (const [session, [sender = 0]] of this.connection.sessions)
      this.connection.emit(session, { janus: 'hangup', sender, reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
    await this.engines[Symbol.asyncDispose]();
  }
}

function withoutIds(message: JanusRequest): object[] {
  if (message.janus === 'message')
    return [{ body: message.body, ...(message.jsep && { jsep: message.jsep }) }];
  return message.janus === 'trickle' ? [{ candidate: message.candidate }] : [];
}

test('an echo is an offer to echotest, then what is to flow', async () => {
  await using run = await Run.start();

  run.open({ muteAudio: false, muteVideo: true, muteData: true, bitsPerSecond: 0 });
  await settle();

  assert.deepEqual(run.asked, [
    { body: {}, jsep: { type: 'offer', sdp: 'v=0', trickle: false } },
    { body: { audio: true, video: false, bifrons: { data: false }, bitrate: 0 } },
  ]);
  assert.deepEqual(run.events, [{ type: 'done', operation: 1, local: { sdp: 'v=0 fake answer' } }]);
});

test('an offer whose candidates follow says so to Janus', async () => {
  await using run = await Run.start();

  run.open({}, { sdp: 'v=0', trickle_ice: true });
  await settle();

  assert.deepEqual(run.asked, [{ body: {}, jsep: { type: 'offer', sdp: 'v=0', trickle: true } }]);
});

test('muting data is refused by a Janus without a word for it, and unmuting needs none', async () => {
  await using run = await Run.start([]);

  const leg = run.open({ muteData: false });
  leg.request(2, { type: 'update', media: { muteData: true } });
  await settle();

  assert.deepEqual(run.said, ['done 1', 'failed 2 not_implemented']);
  assert.equal(run.asked.length, 1);
});

test('candidates asked for while the leg opens go to Janus after the offer, in order', async () => {
  await using run = await Run.start();
  const candidates = ['a', 'b'].map((candidate) => ({ candidate, sdpMLineIndex: 0 }));

  const leg = run.open();
  for (const [index, candidate] of [...candidates, undefined].entries())
    leg.request(index + 2, { type: 'add_candidate', candidate });
  await settle();

  assert.deepEqual(run.asked.slice(1), [
    ...candidates.map((candidate) => ({ candidate })),
    { candidate: { completed: true } },
  ]);
});

test('what echo cannot do is refused by name', async () => {
  await using run = await Run.start();

  const leg = run.open();
  leg.request(2, { type: 'accept', answer: { sdp: 'v=0' } });
  leg.request(3, { type: 'switch_publisher', publisherId: sessionId('p') });
  leg.request(4, { type: 'record', action: 'start' });
  await settle();

  assert.deepEqual(run.said, [
    'done 1',
    'failed 2 invalid_operation',
    'failed 3 invalid_operation',
    'failed 4 not_implemented',
  ]);
});

test('an offer of plain RTP is refused before Janus hears of it', async () => {
  await using run = await Run.start();

  run.open({}, { sdp: 'v=0', sdp_type: 'rtp' });
  await settle();

  assert.deepEqual(run.said, ['failed 1 not_implemented']);
  assert.equal(run.connection.sessions.size, 0);
});

test('a refused offer leaves no session at Janus, and what waits fails too', async () => {
  await using run = await Run.start();
  run.connection.plugin = () => {
    throw new JanusError(465, 'Invalid SDP');
  };

  const leg = run.open();
  leg.request(2, { type: 'add_candidate', candidate: undefined });
  await settle();

  assert.deepEqual(run.said, ['failed 1 invalid_sdp', 'failed 2 invalid_sdp']);
  assert.equal(run.connection.sessions.size, 0);
  assert.equal(run.clock.pending, 0);
  assert.equal(run.backend.legs, 0);
});

test('without an engine that is up, opening fails after open has returned', async () => {
  await using run = await Run.start();
  run.connection.lose();

  run.open();
  const early = run.said;
  await settle();

  assert.deepEqual(early, []);
  assert.deepEqual(run.said, ['failed 1 no_mediaserver']);
});

test('a lost engine fails what is under way, then the media is gone', async () => {
  await using run = await Run.start();
  const leg = run.open();
  await settle();
  run.connection.unanswered.add('trickle');
  leg.request(2, { type: 'add_candidate', candidate: undefined });
  leg.request(3, { type: 'stats' });
  await settle();

  run.connection.lose();
  await settle();

  assert.deepEqual(run.said.slice(0, 2), ['done 1', 'failed 2 engine_died']);
  assert.equal(run.said.at(-1), 'gone engine_died');
  assert.equal(run.said.length, 4);
  assert.equal(run.clock.pending, 0);
});

test('an engine lost while the leg opens fails the opening, and nothing follows', async () => {
  await using run = await Run.start();
  run.connection.unanswered.add('message');
  run.open();
  await settle();

  run.connection.lose();
  await settle();

  assert.deepEqual(run.said, ['failed 1 engine_died']);
});

test('a hang-up while the leg opens fails the opening with its reason', async () => {
  await using run = await Run.start();
  run.connection.unanswered.add('message');
  run.open();
  await settle();

  run.emitHangup('ICE failed');
  await settle();

  assert.deepEqual(run.said, ['failed 1 ice_timeout']);
  assert.equal(run.connection.sessions.size, 0);
});

test('a leg whose media is gone gives its engine back before it is disposed', async () => {
  await using run = await Run.start();
  run.open();
  await settle();

  run.emitHangup('DTLS alert');
  await settle();

  assert.deepEqual(run.said, ['done 1', 'gone normal_termination']);
  assert.equal(run.connection.sessions.size, 0);
  assert.equal(run.engines.list()[0]?.load, 0);
});

test('disposing a leg waits at most 5 s for a Janus that does not answer', async () => {
  await using run = await Run.start();
  const leg = run.open();
  await settle();
  run.connection.unanswered.add('destroy').add('message');
  leg.request(2, { type: 'update', media: { muteAudio: true } });
  await settle();
  let isDisposed = false;

  const disposed = leg[Symbol.asyncDispose]().then(() => (isDisposed = true));
  await run.clock.run(5_000);
  await settle();

  assert.ok(isDisposed);
  await disposed;
  assert.deepEqual(run.said, ['done 1']);
  assert.equal(run.clock.pending, 0);
});

test('more than a leg can queue is refused as busy', async () => {
  await using run = await Run.start();
  const leg = run.open();

  for (let operation = 2; operation < 132; operation += 1) leg.request(operation, { type: 'stats' });
  await settle();

  assert.equal(run.said.filter((text) => text.endsWith('busy')).length, 2);
  assert.equal(run.said.length, 131);
});

test('echotest without its answer is a failure', async () => {
  await using run = await Run.start();
  run.connection.plugin = (body) => fakeEchotest({ ...body, audio: true }, undefined);

  run.open();
  await settle();

  assert.deepEqual(run.said, ['failed 1 session_failed']);
});
