import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomId, sessionId } from '#schemas';
import type { LegRequest, RoomEvent } from '#services/session';
import { Party } from './party.ts';
import type { BackendBench, BackendSubject } from './subject.ts';

/** The room that all of these sessions are in. */
export const room = roomId('r');

/** The request of a session that sends to the room. */
export const publishing: Partial<LegRequest> = { type: 'publish', roomId: room };

/** The request of a session that hears the publisher `p`. */
export const listening: Partial<LegRequest> = {
  type: 'listen',
  role: 'offerer',
  roomId: room,
  publisherId: sessionId('p'),
};

/** A room, and what is told of it. */
export class OpenRoom implements AsyncDisposable {
  readonly events: RoomEvent[] = [];
  readonly #room: AsyncDisposable;

  constructor(bench: BackendBench) {
    const request = { roomId: room, codecs: ['opus', 'VP8'] };
    this.#room = bench.backend.openRoom(request, (event) => this.events.push(event));
  }

  /** Resolves once it is there. */
  static async make(bench: BackendBench): Promise<OpenRoom> {
    const open = new OpenRoom(bench);
    await bench.until(
      () => 'the room',
      () => open.events.length > 0,
    );
    assert.deepEqual(open.events, [{ type: 'done' }]);
    return open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#room[Symbol.asyncDispose]();
  }
}

/** Rooms, who publishes and who listens in them, as far as descriptions and events show it. */
export function rooms(subject: BackendSubject): void {
  roomLife(subject);
  sessions(subject);
  releases(subject);
  questions(subject);
  refusals(subject);
}

function roomLife({ name, start }: BackendSubject): void {
  test(`${name} tells of a room it was asked for, after openRoom has returned`, async () => {
    await using bench = await start();

    const opened = new OpenRoom(bench);
    const early = opened.events.length;
    await bench.until(
      () => 'the room',
      () => opened.events.length > 0,
    );
    await opened[Symbol.asyncDispose]();

    assert.equal(early, 0);
    assert.deepEqual(opened.events, [{ type: 'done' }]);
    assert.equal(bench.remains(), 0);
  });

  test(`${name} makes a room again after it was disposed`, async () => {
    await using bench = await start();
    const first = await OpenRoom.make(bench);
    await first[Symbol.asyncDispose]();

    await using second = await OpenRoom.make(bench);

    assert.deepEqual(second.events, [{ type: 'done' }]);
  });

  test(`${name} ends the sessions of a room with it`, async () => {
    await using bench = await start();
    const opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();
    await publisher.isUp();
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    await opened[Symbol.asyncDispose]();

    await publisher.says('gone room_destroyed');
    await listener.says('gone room_destroyed');
  });
}

function sessions({ name, start }: BackendSubject): void {
  test(`${name} tells a publisher and its listener where they are`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();

    await using listener = new Party(bench, 'l', listening);
    const outcome = await listener.answer();

    assert.ok(opened);
    assert.equal(outcome, 'done');
    assert.deepEqual(publisher.said, ['done 1', 'type publish r']);
    assert.deepEqual(listener.said, ['done 1', 'type listen r p', 'done 2']);
  });

  test(`${name} tells nobody but the publisher that its client hung up`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();
    await publisher.isUp();
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    publisher.client.hangUp();
    await publisher.says('gone normal_termination');
    await bench.quiet();

    assert.ok(opened);
    assert.deepEqual(listener.said, ['done 1', 'type listen r p', 'done 2']);
  });
}

function releases({ name, start }: BackendSubject): void {
  test(`${name} leaves nothing of a room and its sessions, whoever is disposed first`, async () => {
    await using bench = await start();
    for (const order of ['room first', 'listener first', 'publisher first']) {
      const opened = await OpenRoom.make(bench);
      const publisher = await Party.offering(bench, 'p', publishing);
      await publisher.accept();
      const listener = new Party(bench, 'l', listening);
      await listener.answer();
      const all = order === 'room first' ? [opened, publisher, listener] : [publisher, listener, opened];
      for (const one of order === 'listener first' ? all.toReversed() : all) await one[Symbol.asyncDispose]();
    }
    await bench.quiet();

    assert.equal(bench.remains(), 0);
  });
}

function questions({ name, start, parts }: BackendSubject): void {
  test(`${name} counts publishers and listeners, or says that it cannot`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    const outcomes = [await publisher.ask({ type: 'stats' }), await listener.ask({ type: 'stats' })];

    assert.ok(opened);
    const expected = parts.includes('statistics') ? 'done' : 'not_implemented';
    assert.deepEqual(outcomes, [expected, expected]);
  });

  test(`${name} answers a new offer of a publisher`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();
    await publisher.isUp();

    const offer = { sdp: await publisher.client.offer() };
    const outcome = await publisher.ask({ type: 'renegotiate', offer });

    assert.ok(opened);
    assert.equal(outcome, 'done');
  });
}

function refusals({ name, start }: BackendSubject): void {
  test(`${name} refuses to publish where there is no room`, async () => {
    await using bench = await start();

    await using publisher = await Party.offering(bench, 'p', publishing);

    await publisher.says('failed 1 room_not_found');
  });

  test(`${name} refuses to listen to a session that does not publish`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);

    await using listener = new Party(bench, 'l', listening);

    assert.ok(opened);
    await listener.says('failed 1 invalid_publisher');
  });

  test(`${name} refuses to switch to a session that does not publish, and listens on`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using publisher = await Party.offering(bench, 'p', publishing);
    await publisher.accept();
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    const outcome = await listener.ask({ type: 'switch_publisher', publisherId: sessionId('q') });

    assert.ok(opened);
    assert.equal(outcome, 'invalid_publisher');
  });
}
