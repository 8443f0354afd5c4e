import { MediaError } from '#schemas';
import type { Backend } from '#services/session';

/**
 * Those that a client's word leaves, all without one. `besides`: names that a client may give and that are none of
 * them. Throws MediaError `unknown_backend`, or `no_mediaserver` if there is none at all.
 */
export function backendsNamed(
  name: string | undefined,
  backends: readonly Backend[],
  besides: readonly string[] = [],
): readonly Backend[] {
  const known = [...besides, ...backends.map((backend) => backend.name)];
  if (name !== undefined && !known.includes(name)) {
    const hint = `data.backend must be one of ${known.join(', ')}`;
    throw new MediaError('unknown_backend', undefined, { hint });
  }
  if (backends.length === 0) throw new MediaError('no_mediaserver');
  return backends.filter((backend) => name === undefined || backend.name === name);
}

/** The first that can take something new. Throws MediaError `no_mediaserver` if none can. */
export function availableBackend(able: readonly Backend[]): Backend {
  const available = able.find(({ isAvailable }) => isAvailable !== false);
  if (available === undefined) throw new MediaError('no_mediaserver');
  return available;
}
