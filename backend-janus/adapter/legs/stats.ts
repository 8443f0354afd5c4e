import { MediaError } from '#schemas';
import type { JanusHandle } from '#janus/client';
import type { EngineExtensions } from '../engines.ts';
import type { Outcome } from './outcome.ts';

/**
 * The counters of one handle's peer connection, or of its ports for plain RTP, by an extension of ours. Rejects with
 * MediaError `not_implemented` on an engine that does not announce it: Janus itself tells them in its Admin API alone.
 */
export async function readStats(
  handle: JanusHandle,
  extensions: EngineExtensions,
  signal: AbortSignal,
  side?: 'plain',
): Promise<Outcome> {
  if (!extensions.has('stats')) {
    const hint = 'the Janus that carries this session tells statistics in its Admin API alone';
    throw new MediaError('not_implemented', undefined, { hint });
  }
  const { data } = await handle.message(
    { bifrons: { request: 'stats', ...(side && { side }) } },
    undefined,
    signal,
  );
  const bifrons = 'bifrons' in data ? data.bifrons : undefined;
  const result = typeof bifrons === 'object' && bifrons !== null && 'stats' in bifrons ? bifrons.stats : null;
  if (typeof result !== 'object' || result === null) throw new MediaError('session_failed');
  return { result };
}
