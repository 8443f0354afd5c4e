import type { CommandHandler } from '../../command-table.ts';
import type { LeaseRegistry } from '../../leases/lease-registry.ts';

/** Starts the time of a lease anew. */
export function renewLease(leases: LeaseRegistry): CommandHandler<'lease.renew'> {
  return ({ lease_id }, { principal }) => {
    const lease = leases.get(lease_id, principal);
    lease.renew();
    return { lease_id, ttl: lease.ttlMs / 1000 };
  };
}
