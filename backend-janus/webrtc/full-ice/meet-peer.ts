import type { RemoteTransport } from '#janus/media';
import type { MuxPeer } from '../ice/mux-peer.ts';

/** What decides whether we check the peer, and as which side. */
export interface OurSide {
  /** We check every peer, and not only those that are lite. */
  readonly isFull: boolean;
  /** The offer was ours. */
  readonly isOfferer: boolean;
}

/**
 * Lets in the peer that a description is of, and checks it if nobody else would: two lite agents never met
 * (RFC 8445 section 6.1.1).
 */
export function meetPeer(peer: MuxPeer, remote: RemoteTransport, { isFull, isOfferer }: OurSide): void {
  const { iceUfrag: ufrag, icePwd: password, isIceLite, candidates } = remote;
  if (isFull || isIceLite) peer.seek({ ufrag, password, candidates }, isOfferer || isIceLite);
  else peer.expect(ufrag);
}
