import type { SrtpContextFactory, SrtpKeys } from '#janus/media';
import { AesCmProtection } from './protection/aes-cm-protection.ts';
import { GcmProtection } from './protection/gcm-protection.ts';
import { InboundContext } from './inbound-context.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import { OutboundContext } from './outbound-context.ts';
import type { PacketProtection } from './protection/packet-protection.ts';

/** SRTP contexts on node:crypto (RFC 3711, RFC 7714). Making one throws RangeError if key or salt has the wrong size. */
export const srtpContexts: SrtpContextFactory = {
  outbound: (keys) => new OutboundContext(protection(keys)),
  inbound: (keys) => new InboundContext(protection(keys)),
};

function protection(keys: SrtpKeys): PacketProtection {
  const session = deriveSessionKeys(keys);
  return keys.profile === 'AEAD_AES_128_GCM' ? new GcmProtection(session) : new AesCmProtection(session);
}
