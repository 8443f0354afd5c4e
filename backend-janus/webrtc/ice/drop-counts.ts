/** Why a datagram went nowhere. */
export type DropReason =
  /** Empty, or larger than any that we agreed to. */
  | 'size'
  /** No protocol of ours begins so (RFC 7983). */
  | 'first_byte'
  /** Too many checks from one unknown source, from all of them, or too much from one peer. */
  | 'rate_source'
  | 'rate_socket'
  | 'rate_peer'
  /** Not STUN, and from an address that no check has proven, or no longer. */
  | 'unknown_address'
  | 'malformed'
  /** STUN, but not a Binding request. */
  | 'unexpected_message'
  /** A check for a peer that does not exist. */
  | 'unknown_user'
  /** A check for one who expects somebody else, or nobody yet. */
  | 'unexpected_user'
  | 'unauthentic'
  /** A check that came before, from elsewhere. */
  | 'replayed'
  /** A check from an address that another peer uses. */
  | 'address_taken'
  /** Outgoing: the peer has no address yet, or no more. */
  | 'no_remote';

/** How many datagrams were dropped, by reason. */
export type DropCounts = Readonly<Record<DropReason, number>>;

/** All at zero. */
export function noDrops(): Record<DropReason, number> {
  return {
    size: 0,
    first_byte: 0,
    rate_source: 0,
    rate_socket: 0,
    rate_peer: 0,
    unknown_address: 0,
    malformed: 0,
    unexpected_message: 0,
    unknown_user: 0,
    unexpected_user: 0,
    unauthentic: 0,
    replayed: 0,
    address_taken: 0,
    no_remote: 0,
  };
}
