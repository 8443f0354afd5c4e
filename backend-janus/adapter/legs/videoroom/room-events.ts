import type { JanusEvent } from '#janus/protocol';
import type { SagaGround } from '../leg-saga.ts';

/** Passes on an event of a handle in a room; a room that Janus destroyed is the end of all that are in it. */
export function hearRoom({ hear, end }: Pick<SagaGround, 'hear' | 'end'>, event: JanusEvent): void {
  if (event.janus !== 'event') return hear(event);
  const { data } = event.plugindata;
  if ('videoroom' in data && data.videoroom === 'destroyed') end('room_destroyed');
}
