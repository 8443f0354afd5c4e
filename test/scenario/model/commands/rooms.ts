import assert from 'node:assert/strict';
import { MediaError } from '#schemas';
import fc from 'fast-check';
import type { Reference } from '../reference/reference.ts';
import type { ModelRoom } from '../reference/rooms.ts';
import { step, type Step } from './step.ts';

export const createRoom: fc.Arbitrary<Step> = step(
  'room.create',
  fc.record({ one: fc.nat(2), timeout: fc.constantFrom(20, 300), fails: fc.nat(7).map((of) => of === 0) }),
  async ({ one, timeout, fails }, model, real) => {
    const id = `r${one}`;
    const failure = fails ? 'session_failed' : undefined;
    model.book.openFailure = failure;
    real.broker.backend.failure = failure && new MediaError(failure);
    const isTaken = model.rooms.alive.has(id);
    const reply = await real.ask('room', 'create', { class: 'sfu', room_id: id, timeout });
    if (!isTaken) model.rooms.create(id, timeout * 1000, false);
    assert.equal(reply, isTaken ? 'room_already_exists' : (failure ?? 'ok'));
    model.book.openFailure = undefined;
    real.broker.backend.failure = undefined;
  },
);

export const destroyRoom: fc.Arbitrary<Step> = step('room.destroy', fc.nat(5), async (one, model, real) => {
  const room = roomAt(one, model);
  const reply = await real.ask('room', 'destroy', { room_id: real.idOf(room?.id ?? 'r9') });
  assert.equal(reply, room === undefined ? 'room_not_found' : 'ok');
  if (room !== undefined) model.rooms.end(room, 'api_stop');
});

export const sayInRoom: fc.Arbitrary<Step> = step('msglog_send', fc.nat(5), async (one, model, real) => {
  const room = roomAt(one, model);
  const room_id = real.idOf(room?.id ?? 'r9');
  const reply = await real.ask('room', 'msglog_send', { room_id, msg: { text: 'hello' } });
  assert.equal(reply, room === undefined ? 'room_not_found' : 'ok');
  if (room === undefined) return;
  model.rooms.say(room);
  const { data } = await real.reply('room', 'msglog_get', { room_id });
  assert.equal(Object.keys(data).length, room.messages);
});

/** The engine of a room loses it. */
export const loseRoom: fc.Arbitrary<Step> = step('room gone', fc.nat(5), async (one, model, real) => {
  const room = roomAt(one, model);
  if (room === undefined) return;
  real.broker.backend.roomListeners[room.place]?.({ type: 'gone', reason: 'engine_died' });
  model.rooms.end(room, 'engine_died', 'engine_died');
  await real.broker.pass();
});

function roomAt(place: number, { rooms }: Reference): ModelRoom | undefined {
  const all = [...rooms.alive.values()];
  return place === 5 ? undefined : all[place % Math.max(all.length, 1)];
}
