import { describe, test } from 'node:test';
import { closingRules } from './peer-connection/closing.ts';
import { mediaRules } from './peer-connection/media.ts';
import { negotiationRules } from './peer-connection/negotiation.ts';
import { offeringRules } from './peer-connection/offering.ts';
import { ownRenegotiationRules, renegotiationRules } from './peer-connection/renegotiation.ts';
import { Subject } from './peer-connection/subject.ts';
import type { PeerConnectionWorld } from './peer-connection/world.ts';

export type { PeerConnectionWorld, RemotePeer } from './peer-connection/world.ts';

/** What an implementation may lack. */
export interface PeerConnectionAbilities {
  /** It makes offers of its own. Default true. */
  readonly makesOffers?: boolean;
  /** Rules that it does not follow yet, with what it does instead; they are shown as skipped. */
  readonly gaps?: Readonly<Record<string, string>>;
}

/** The rules of the port PeerConnection. `open` makes a fresh world for each of them. */
export function peerConnectionSuite(
  name: string,
  open: () => Promise<PeerConnectionWorld>,
  { makesOffers = true, gaps = {} }: PeerConnectionAbilities = {},
): void {
  const own = { ...offeringRules, ...ownRenegotiationRules };
  const theirs = { ...negotiationRules, ...renegotiationRules, ...mediaRules, ...closingRules };
  const rules = { ...theirs, ...(makesOffers && own) };
  describe(`PeerConnection: ${name}`, { timeout: 300_000 }, () => {
    for (const [behaviour, rule] of Object.entries(rules)) {
      test(behaviour, { skip: gaps[behaviour] ?? false }, async () => {
        await using world = await open();
        await using peer = await world.peer();
        await using subject = new Subject(world);
        await rule(subject, peer);
      });
    }
  });
}
