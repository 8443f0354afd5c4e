import type { CommandHandler } from '../../command-table.ts';
import type { LeaseRegistry } from '../../leases/lease-registry.ts';

/** Opens a lease, for sessions that are to end with it. */
export function openLease(leases: LeaseRegistry): CommandHandler<'lease.open'> {
  return ({ ttl }, { principal }) => ({ lease_id: leases.open(ttl * 1000, principal).id, ttl });
}
