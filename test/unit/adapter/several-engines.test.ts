import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomId, sessionId } from '#schemas';
import type { LegEvent, LegRequest, MediaLeg } from '#services/session';
import { EmbeddedJanus } from '../../support/embedded-janus.ts';
import { settle } from '../../support/fake-clock.ts';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';
import { FakePeer } from '../../support/fake-peer.ts';

/** An engine in this process, and a Janus that can be lost beside it. */
class Fleet implements AsyncDisposable {
  readonly janus: EmbeddedJanus;
  readonly remote = new FakeJanusConnection();
  readonly #legs: MediaLeg[] = [];

  private constructor(janus: EmbeddedJanus) {
    this.janus = janus;
  }

  static async start(): Promise<Fleet> {
    const fleet = new Fleet(await EmbeddedJanus.start());
    await fleet.janus.engines.add('remote', fleet.remote);
    return fleet;
  }

  get loads(): readonly number[] {
    return this.janus.engines.list().map(({ load }) => load);
  }

  /** Opens a leg; what it says. */
  async open(id: string, request: Partial<LegRequest> = {}): Promise<readonly LegEvent[]> {
    const said: LegEvent[] = [];
    const offer = { sdp: new FakePeer(this.janus.peers).offer(['audio']) };
    const whole = { operation: 1, type: 'echo', role: 'offeree', media: {}, ...request } as const;
    const own = { sessionId: sessionId(id), ...(whole.role === 'offeree' && { offer }) };
    this.#legs.push(this.janus.backend.open({ ...whole, ...own }, (event) => said.push(event)));
    await settle();
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#legs.map((leg) => leg[Symbol.asyncDispose]()));
    await this.janus[Symbol.asyncDispose]();
  }
}

test('sessions spread over engines, and those beside a lost one live on', async () => {
  await using fleet = await Fleet.start();
  const here = await fleet.open('a');
  const there = await fleet.open('b');
  const spread = fleet.loads;

  fleet.remote.lose();
  await settle();
  const next = await fleet.open('c');

  assert.deepEqual(spread, [1, 1]);
  assert.deepEqual(
    [here, there, next].map((events) => events.at(-1)?.type),
    ['done', 'gone', 'done'],
  );
  assert.deepEqual(there.at(-1), { type: 'gone', reason: 'engine_died' });
  assert.deepEqual(fleet.loads, [2, 0]);
});

test('sessions of a room go to its engine, whatever its load', async () => {
  await using fleet = await Fleet.start();
  const room = fleet.janus.backend.openRoom({ roomId: roomId('r'), codecs: [] }, () => undefined);
  await settle();

  const said = [];
  for (const id of ['p', 'q', 's']) said.push(await fleet.open(id, { type: 'publish', roomId: roomId('r') }));
  const loads = fleet.loads;
  await room[Symbol.asyncDispose]();

  assert.deepEqual(loads, [4, 0]);
  assert.deepEqual(
    said.map(([first]) => first?.type),
    ['done', 'done', 'done'],
  );
});

test('a bridge is where its proxy is, and takes no place of its own', async () => {
  await using fleet = await Fleet.start();

  await fleet.open('a', { type: 'proxy' });
  const said = await fleet.open('b', { type: 'bridge', role: 'offerer', peerId: sessionId('a') });

  assert.deepEqual(fleet.loads, [1, 0]);
  assert.equal(said[0]?.type, 'done');
});
