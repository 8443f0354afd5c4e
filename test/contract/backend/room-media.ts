import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import type { LegRequest } from '#services/session';
import { Party } from './party.ts';
import { listening, OpenRoom, publishing } from './rooms.ts';
import type { BackendBench, BackendSubject } from './subject.ts';

async function publisher(bench: BackendBench, id: string, request: Partial<LegRequest> = {}): Promise<Party> {
  const party = await Party.offering(bench, id, { ...publishing, ...request });
  await party.accept();
  return party;
}

/** What listeners of a room hear and see. */
export function roomMedia(subject: BackendSubject): void {
  listeners(subject);
  publishers(subject);
  switches(subject);
  if (subject.parts.includes('late_switch')) lateSwitches(subject);
}

function listeners({ name, start }: BackendSubject): void {
  test(`${name} sends a publisher to its listeners, and mutes each of them alone`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using sender = await publisher(bench, 'p');
    await using one = new Party(bench, 'l', listening);
    await using other = new Party(bench, 'm', { ...listening, media: { muteVideo: true } });
    await one.answer();
    await other.answer();

    await bench.flow(sender.client, one.client, 'audio', true);
    await bench.flow(sender.client, one.client, 'video', true);
    await bench.flow(sender.client, other.client, 'audio', true);
    await bench.flow(sender.client, other.client, 'video', false);
    await one.ask({ type: 'update', media: { muteAudio: true } });
    await bench.flow(sender.client, one.client, 'audio', false);
    await bench.flow(sender.client, one.client, 'video', true);
    await bench.flow(sender.client, other.client, 'audio', true);
    await other.ask({ type: 'update', media: { muteVideo: false } });
    await bench.flow(sender.client, other.client, 'video', true);
    assert.ok(opened);
  });
}

function publishers({ name, start }: BackendSubject): void {
  test(`${name} mutes a publisher for all`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using sender = await publisher(bench, 'p', { media: { muteVideo: true } });
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    await bench.flow(sender.client, listener.client, 'audio', true);
    await bench.flow(sender.client, listener.client, 'video', false);
    await sender.ask({ type: 'update', media: { muteAudio: true, muteVideo: false } });
    await bench.flow(sender.client, listener.client, 'video', true);
    await bench.flow(sender.client, listener.client, 'audio', false);
    assert.ok(opened);
  });

  test(`${name} ends a listener whose client hangs up, and nobody else`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using sender = await publisher(bench, 'p');
    await using listener = new Party(bench, 'l', listening);
    await using other = new Party(bench, 'm', listening);
    await listener.answer();
    await other.answer();
    await listener.isUp();
    // A peer that has hardly connected leaves without a goodbye.
    for (const { client } of [listener, other])
      for (const kind of ['audio', 'video'] as const) await bench.flow(sender.client, client, kind, true);

    listener.client.hangUp();
    await listener.says('gone normal_termination');

    await bench.flow(sender.client, other.client, 'audio', true);
    assert.ok(opened);
  });
}

function switches({ name, start }: BackendSubject): void {
  test(`${name} switches a listener between publishers, and keeps its mutes`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    await using first = await publisher(bench, 'p', { media: { muteAudio: true } });
    await using second = await publisher(bench, 'q', { media: { muteVideo: true } });
    await first.isUp();
    await second.isUp();
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();

    await bench.flow(first.client, listener.client, 'video', true);
    await bench.flow(first.client, listener.client, 'audio', false);
    const there = await listener.ask({ type: 'switch_publisher', publisherId: sessionId('q') });
    await bench.flow(second.client, listener.client, 'audio', true);
    await bench.flow(second.client, listener.client, 'video', false);
    await listener.ask({ type: 'update', media: { muteVideo: true } });
    const back = await listener.ask({ type: 'switch_publisher', publisherId: sessionId('p') });
    await bench.flow(first.client, listener.client, 'video', false);
    await listener.ask({ type: 'update', media: { muteVideo: false } });
    await bench.flow(first.client, listener.client, 'video', true);

    assert.ok(opened);
    assert.deepEqual([there, back], ['done', 'done']);
  });
}

function lateSwitches({ name, start }: BackendSubject): void {
  test(`${name} switches a listener whose publisher is gone`, async () => {
    await using bench = await start();
    await using opened = await OpenRoom.make(bench);
    const first = await publisher(bench, 'p');
    await using second = await publisher(bench, 'q');
    await using listener = new Party(bench, 'l', listening);
    await listener.answer();
    await bench.flow(first.client, listener.client, 'audio', true);

    await first[Symbol.asyncDispose]();
    const outcome = await listener.ask({ type: 'switch_publisher', publisherId: sessionId('q') });

    assert.ok(opened);
    assert.equal(outcome, 'done');
    await bench.flow(second.client, listener.client, 'audio', true);
    await bench.flow(second.client, listener.client, 'video', true);
  });
}
