import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomId, sessionId, type SessionId } from '#schemas';
import type { Backend, LegEvent, LegRequest } from '#services/session';
import { settle, type FakeClock } from '../support/fake-clock.ts';

/** A backend under test, and the far end of its media. */
export interface BackendBench extends AsyncDisposable {
  readonly backend: Backend;
  readonly clock: FakeClock;
  /** An offer that it takes, and one that it does not. */
  readonly offer: string;
  readonly badOffer: string;
  /** The client of the one open leg hangs up. */
  hangUp(): void;
}

const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 };
const session: SessionId = sessionId('node0001-contract');

function echo(sdp: string): LegRequest {
  return { operation: 1, sessionId: session, type: 'echo', role: 'offeree', offer: { sdp }, media: {} };
}

type Start = () => Promise<BackendBench>;

/** What `Backend` and `MediaLeg` promise, as far as echo sessions show it. */
export function backendContract(name: string, start: Start): void {
  opening(name, start);
  operations(name, start);
  goneMedia(name, start);
  disposal(name, start);
  rooms(name, start);
}

function opening(name: string, start: Start): void {
  test(`${name} answers an offer, after open has returned`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];

    await using leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
    const early = events.length;
    await settle();

    assert.ok(leg);
    assert.equal(early, 0);
    assert.deepEqual(outcomes(events), ['done 1 with a description']);
  });

  test(`${name} fails to open with an offer it cannot take, and says so in order`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];

    await using leg = bench.backend.open(echo(bench.badOffer), (event) => events.push(event));
    await settle();

    assert.ok(leg);
    assert.deepEqual(outcomes(events), ['failed 1 invalid_sdp']);
  });
}

function operations(name: string, start: Start): void {
  test(`${name} does what is asked while it opens, in order, when it is open`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];

    await using leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
    leg.request(2, { type: 'add_candidate', candidate });
    leg.request(3, { type: 'update', media: { muteAudio: true, bitsPerSecond: 100_000 } });
    leg.request(4, { type: 'add_candidate', candidate: undefined });
    await settle();

    assert.deepEqual(outcomes(events), ['done 1 with a description', 'done 2', 'done 3', 'done 4']);
  });

  test(`${name} answers a new offer`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];
    await using leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
    await settle();

    leg.request(2, { type: 'renegotiate', offer: { sdp: bench.offer } });
    await settle();

    assert.equal(outcomes(events).at(-1), 'done 2 with a description');
  });
}

function goneMedia(name: string, start: Start): void {
  test(`${name} tells that the media is gone, once and as the last thing`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];
    await using leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
    await settle();

    leg.request(2, { type: 'add_candidate', candidate });
    bench.hangUp();
    bench.hangUp();
    await settle();

    const said = outcomes(events);
    assert.equal(said.at(-1), 'gone normal_termination');
    assert.equal(said.filter((text) => text.startsWith('gone')).length, 1);
    assert.equal(said.filter((text) => text.includes(' 2')).length, 1);
  });
}

function disposal(name: string, start: Start): void {
  test(`${name} tells nothing once its leg is being disposed, which may be done twice`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];
    const leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
    await settle();
    leg.request(2, { type: 'add_candidate', candidate });

    const before = events.length;
    await Promise.all([leg[Symbol.asyncDispose](), leg[Symbol.asyncDispose]()]);
    bench.hangUp();
    await settle();

    assert.equal(events.length, before);
    assert.equal(bench.clock.pending, 0);
  });

  test(`${name} can be left while it opens, at any moment`, async () => {
    await using bench = await start();
    const events: LegEvent[] = [];

    for (let turns = 0; turns < 40; turns += 1) {
      const leg = bench.backend.open(echo(bench.offer), (event) => events.push(event));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await leg[Symbol.asyncDispose]();
    }
    await settle();

    const failed = outcomes(events).filter((text) => text.startsWith('failed'));
    assert.deepEqual(failed, []);
    assert.equal(bench.clock.pending, 0);
  });
}

function rooms(name: string, start: Start): void {
  test(`${name} tells of a room it was asked for, after openRoom has returned`, async () => {
    await using bench = await start();
    const told: string[] = [];

    const request = { roomId: roomId('node0001-room'), codecs: ['VP8'] };
    await using room = bench.backend.openRoom(request, ({ type }) => told.push(type));
    const early = told.length;
    await settle();

    assert.ok(room);
    assert.equal(early, 0);
    assert.equal(told.length, 1);
  });
}

/** The events that are outcomes of operations, or the end. */
function outcomes(events: readonly LegEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'done') return `done ${event.operation}${event.local ? ' with a description' : ''}`;
    if (event.type === 'failed') return `failed ${event.operation} ${event.error.code}`;
    return event.type === 'gone' ? `gone ${event.reason}` : [];
  });
}
