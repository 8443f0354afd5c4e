import { describe, test } from 'node:test';
import { closingRules } from './peer-connection/closing.ts';
import { mediaRules } from './peer-connection/media.ts';
import { negotiationRules } from './peer-connection/negotiation.ts';
import { Subject } from './peer-connection/subject.ts';
import type { PeerConnectionWorld } from './peer-connection/world.ts';

export type { PeerConnectionWorld, RemotePeer } from './peer-connection/world.ts';

/** The rules of the port PeerConnection. `open` makes a fresh world for each of them. */
export function peerConnectionSuite(name: string, open: () => Promise<PeerConnectionWorld>): void {
  describe(`PeerConnection: ${name}`, { timeout: 300_000 }, () => {
    for (const [behaviour, rule] of Object.entries({ ...negotiationRules, ...mediaRules, ...closingRules })) {
      test(behaviour, async () => {
        await using world = await open();
        await using peer = await world.peer();
        await using subject = new Subject(world);
        await rule(subject, peer);
      });
    }
  });
}
