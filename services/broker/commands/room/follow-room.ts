import type { RunningRoom } from '../../rooms/room-registry.ts';
import type { Caller } from '../../serve.ts';
import type { Subscriptions } from '../../subscriptions.ts';

/** Sends a caller the events of a room from now on, each once however often it asks. Throws MediaError `overload`. */
export function followRoom(
  { id }: Pick<RunningRoom, 'id'>,
  caller: Caller,
  subscriptions: Subscriptions,
): void {
  if (!caller.takesEvents) return;
  subscriptions.add(caller, { class: 'media', subclass: 'room', obj_id: id, types: undefined });
}
