import { MediaError, type SessionType } from '#schemas';
import { backendRole, backendRoles, hasLeg, type Backend } from '#services/session';
import { availableBackend, backendsNamed } from '../backends.ts';
import type { NewSession } from './session-registry.ts';

/** What clients call the broker itself, where it only relays. */
const relay = 'p2p';

/**
 * The backend that carries a session; undefined for types that have no media here. `beside`: that of the session it
 * shares media with, which must carry it too. Throws as `SessionRegistry.create` does.
 */
export function backendFor(
  config: NewSession,
  backends: readonly Backend[],
  beside: Backend | undefined,
): Backend | undefined {
  const { type, offer, backend: name } = config;
  if (!hasLeg(type) && (name === undefined || name === relay)) return undefined;
  const known = backendsNamed(name, backends, [relay]);
  const able = (beside === undefined ? known : [sameAs(beside, name)]).filter((backend) =>
    backendRoles(type).some((role) => backend.supports(type, role)),
  );
  if (able.length === 0) {
    const who = name === undefined ? 'no backend here has' : `${name} has no`;
    const hint = `${who} sessions of type ${type}`;
    throw new MediaError('not_implemented', undefined, { hint });
  }
  return availableOf(type, offer !== undefined, able);
}

function sameAs(beside: Backend, name: string | undefined): Backend {
  if (name === undefined || name === beside.name) return beside;
  const hint = `the session named by data.peer_id or data.publisher_id is on ${beside.name}`;
  throw new MediaError('different_mediaserver', undefined, { hint });
}

function availableOf(type: SessionType, hasOffer: boolean, able: readonly Backend[]): Backend {
  const role = backendRole(type, hasOffer);
  const fitting = role === undefined ? [] : able.filter((backend) => backend.supports(type, role));
  if (fitting.length === 0) {
    const hint = hasOffer
      ? `data.offer is not allowed for type ${type}`
      : `data.offer is required for type ${type}`;
    throw new MediaError('invalid_operation', undefined, { hint });
  }
  return availableBackend(fitting);
}
