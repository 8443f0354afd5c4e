import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import type { LegEvent } from '#services/session';
import { Party } from './party.ts';
import type { BackendSubject } from './subject.ts';

const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 };

/** Opening and closing, operations and their order, as sessions of one client show them. */
export function echoes(subject: BackendSubject): void {
  opening(subject);
  operations(subject);
  ends(subject);
  if (subject.parts.includes('moments')) moments(subject);
  if (subject.parts.includes('media')) media(subject);
}

function opening({ name, start }: BackendSubject): void {
  test(`${name} answers an offer, after open has returned`, async () => {
    await using bench = await start();

    const client = bench.client();
    const offer = { sdp: await client.offer() };
    await using party = new Party(bench, 'a', { offer }, client);
    const early = party.events.length;
    await party.says('done 1');

    assert.equal(early, 0);
    assert.notEqual(party.sdp, '');
    assert.deepEqual(party.said, ['done 1']);
  });

  test(`${name} fails to open with an offer it cannot take, and leaves nothing`, async () => {
    await using bench = await start();

    await using party = new Party(bench, 'a', { offer: { sdp: bench.bad } });
    await party.says('failed 1 invalid_sdp');
    await bench.quiet();

    assert.deepEqual(party.said, ['failed 1 invalid_sdp']);
    assert.equal(bench.remains(), 0);
  });
}

function operations({ name, start }: BackendSubject): void {
  test(`${name} does what is asked while it opens, in order, when it is open`, async () => {
    await using bench = await start();

    await using party = await Party.offering(bench, 'a');
    party.request({ type: 'add_candidate', candidate });
    party.request({ type: 'update', media: { muteAudio: true, bitsPerSecond: 100_000 } });
    party.request({ type: 'add_candidate', candidate: undefined });
    await party.says('done 4');

    assert.deepEqual(party.said, ['done 1', 'done 2', 'done 3', 'done 4']);
  });

  test(`${name} answers a new offer`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');
    await party.accept();

    const outcome = await party.ask({ type: 'renegotiate', offer: { sdp: await party.client.offer() } });

    assert.equal(outcome, 'done');
    assert.ok(party.events.some((event) => event.type === 'done' && event.operation === 2 && event.local));
  });

  test(`${name} parks an echo, and lets it come back`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');

    const outcomes = [
      await party.ask({ type: 'set_type', to: 'park' }),
      await party.ask({ type: 'set_type', to: 'echo' }),
    ];

    assert.deepEqual(outcomes, ['done', 'done']);
  });
}

function ends({ name, start }: BackendSubject): void {
  test(`${name} tells that the media are gone, once and as the last thing`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');
    await party.accept();
    await party.isUp();

    party.request({ type: 'add_candidate', candidate });
    party.client.hangUp();
    party.client.hangUp();
    await party.says('gone normal_termination');
    party.request({ type: 'add_candidate', candidate });
    await bench.quiet();

    assert.equal(party.said.at(-1), 'gone normal_termination');
    assert.equal(party.said.filter((text) => text.startsWith('gone')).length, 1);
    assert.equal(party.said.filter((text) => text.includes(' 2')).length, 1);
    assert.equal(party.said.filter((text) => text.includes(' 3')).length, 0);
  });

  test(`${name} tells nothing once its leg is being disposed, which may be done twice`, async () => {
    await using bench = await start();
    const party = await Party.offering(bench, 'a');
    await party.accept();
    party.request({ type: 'add_candidate', candidate });

    const before = party.events.length;
    await Promise.all([party[Symbol.asyncDispose](), party[Symbol.asyncDispose]()]);
    party.client.hangUp();
    await bench.quiet();

    assert.equal(party.events.length, before);
    assert.equal(bench.remains(), 0);
  });
}

function moments({ name, start }: BackendSubject): void {
  test(`${name} can be left while it opens, at any moment`, async () => {
    await using bench = await start();
    const offer = { sdp: await bench.client().offer() };
    const events: LegEvent[] = [];
    const request = {
      operation: 1,
      sessionId: sessionId('a'),
      type: 'echo',
      role: 'offeree',
      offer,
    } as const;

    for (let turns = 0; turns < 40; turns += 1) {
      const leg = bench.backend.open({ ...request, media: {} }, (event) => events.push(event));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await leg[Symbol.asyncDispose]();
    }
    await bench.quiet();

    assert.deepEqual(
      events.filter(({ type }) => type === 'failed'),
      [],
    );
    assert.equal(bench.remains(), 0);
  });
}

function media({ name, start, parts }: BackendSubject): void {
  test(`${name} sends an echo back, but not what is muted, and nothing while it is parked`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');
    await party.accept();
    const { client } = party;

    await bench.flow(client, client, 'audio', true);
    await party.ask({ type: 'update', media: { muteAudio: true } });
    await bench.flow(client, client, 'audio', false);
    await bench.flow(client, client, 'video', true);
    await party.ask({ type: 'set_type', to: 'park' });
    await bench.flow(client, client, 'video', false);
    await party.ask({ type: 'set_type', to: 'echo' });
    await bench.flow(client, client, 'video', true);
    await bench.flow(client, client, 'audio', false);
  });

  test(`${name} refuses what an echo is not asked for`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');

    const outcomes = [
      await party.ask({ type: 'switch_publisher', publisherId: sessionId('b') }),
      await party.ask({ type: 'accept', answer: { sdp: 'v=0' } }),
      await party.ask({ type: 'set_type', to: 'publish' }),
    ];

    assert.deepEqual(outcomes, ['invalid_operation', 'invalid_operation', 'not_implemented']);
  });

  test(`${name} counts, or says that it cannot`, async () => {
    await using bench = await start();
    await using party = await Party.offering(bench, 'a');
    await party.accept();

    const outcome = await party.ask({ type: 'stats' });

    assert.equal(outcome, parts.includes('statistics') ? 'done' : 'not_implemented');
  });
}
