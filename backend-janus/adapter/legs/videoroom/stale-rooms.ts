import { JanusError, JanusSession, type JanusConnection, type JanusHandle } from '#janus/client';
import type { Clock } from '#services/kernel';
import { videoroom } from './streams.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the description of every room begins with that this node makes; the rest of it is the room's id. */
export function roomMark(node: string): string {
  return `bifrons/${node}/`;
}

/**
 * Destroys the rooms that this node made on a Janus and lost with a connection before. Only for a Janus that takes no legs
 * of ours yet: a room that is being made would be taken for a lost one. Resolves with how many were destroyed; rejects as
 * `JanusConnection.request` does, but not for what Janus refuses.
 */
export async function destroyStaleRooms(
  connection: JanusConnection,
  { clock, node }: { readonly clock: Clock; readonly node: string },
  signal: AbortSignal,
): Promise<number> {
  const onEvent = (): void => {
    // Nothing is told that matters here.
  };
  await using session = await JanusSession.open({ connection, clock, onEvent }, signal);
  try {
    const handle = await session.attach(videoroom, roomMark(node), signal);
    const stale = await roomsOf(handle, roomMark(node), signal);
    for (const room of stale) await handle.message({ request: 'destroy', room }, undefined, signal);
    return stale.length;
  } catch (cause) {
    // Without the plugin there are no rooms; one that somebody else destroyed meanwhile is gone.
    if (cause instanceof JanusError) return 0;
    throw cause;
  }
}

async function roomsOf(handle: JanusHandle, mark: string, signal: AbortSignal): Promise<readonly number[]> {
  const { data } = await handle.message({ request: 'list' }, undefined, signal);
  const list: unknown = 'list' in data ? data.list : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { room, description }: Fields = { ...entry };
    const isOurs = typeof description === 'string' && description.startsWith(mark);
    return isOurs && typeof room === 'number' ? room : [];
  });
}
