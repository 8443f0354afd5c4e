import type { CommandHandler } from '../../command-table.ts';
import type { LeaseRegistry } from '../../leases/lease-registry.ts';

/** Ends a lease. Replies at once; its sessions end with `registered_down`. */
export function closeLease(leases: LeaseRegistry): CommandHandler<'lease.close'> {
  return ({ lease_id }, { principal }) => {
    leases.get(lease_id, principal).close();
    return {};
  };
}
