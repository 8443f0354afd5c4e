import { eventually } from './eventually.ts';
import type { NatsCaller } from './nats-caller.ts';
import type { WrtcPeer } from './wrtc-peer.ts';

/** Waits until a peer has gathered, then gives the broker each of its candidates, and that these are all. */
export async function trickleAll(server: NatsCaller, session_id: string, peer: WrtcPeer): Promise<void> {
  await eventually('the peer has all its candidates', 10_000, () => peer.candidates.includes(undefined));
  for (const found of peer.candidates) {
    if (found === undefined) {
      await server.command('session.set_candidate_end', { session_id });
    } else {
      const { candidate, sdpMid, sdpMLineIndex } = found;
      await server.command('session.set_candidate', { session_id, candidate, sdpMid, sdpMLineIndex });
    }
  }
}
