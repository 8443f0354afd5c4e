import type { TransportAddress } from '#services/kernel';
import type { AddressTable } from './address-table.ts';
import type { DropReason } from './drop-counts.ts';

/** How datagrams come and go: a UDP socket, or the connections of ICE-TCP. */
export interface Carrier extends AsyncDisposable {
  readonly local: TransportAddress;
  /** As `DatagramSocket.lend`. */
  lend(): Buffer | undefined;
  /** Never waits. `datagram` stays unchanged until the next `flush`. */
  send(datagram: Buffer, to: TransportAddress): void;
  flush(): void;
}

/** What a carrier other than UDP tells the port of. */
export interface CarrierHost {
  /** Why the datagram was dropped, if it was. */
  receive(datagram: Buffer, from: TransportAddress, now: number): DropReason | undefined;
  /** Nothing goes to this address any more, or comes from there. */
  lose(from: TransportAddress, now: number): void;
}

/** A carrier whose remote addresses are connections, which it closes when they count no longer. */
export interface ConnectedCarrier extends Carrier {
  forget(remote: TransportAddress): void;
}

/** A carrier, and the remote addresses that were checked through it: the same address is another one elsewhere. */
export interface Entrance<Owner> {
  readonly protocol: 'udp' | 'tcp';
  readonly carrier: Carrier;
  readonly addresses: AddressTable<CheckedAddress<Owner>>;
  /** A remote address counts no longer; what was held for it can go. */
  forget(remote: TransportAddress): void;
}

/** Where a datagram came from, or goes to: a remote address, and our side of the way there. */
export interface Origin<Owner> extends TransportAddress {
  readonly via: Entrance<Owner>;
}

/** One remote address from which an authenticated check came. */
export interface CheckedAddress<Owner> extends Origin<Owner> {
  readonly owner: Owner;
  /** Datagrams from there count until then, on the clock's scale. */
  readonly validUntil: number;
  /** When the last check came from there. */
  readonly lastCheckAt: number;
}
