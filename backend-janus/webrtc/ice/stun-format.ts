/** The second and third field of every STUN message (RFC 8489 section 5). */
export const magicCookie = 0x2112a442;

/** Type, length, cookie and transaction id. */
export const stunHeaderBytes = 20;

/** Type and length before each attribute's value. */
export const attributeHeaderBytes = 4;

/** MESSAGE-INTEGRITY: an HMAC-SHA1. */
export const integrityBytes = 20;

/** RFC 8489 section 14.7: tells a FINGERPRINT from the CRC of other protocols. */
export const fingerprintMask = 0x5354554e;

/** Attributes by number (RFC 8489 section 18.3, RFC 8445 section 20.1). */
export const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** The one method we know. */
export const bindingMethod = 0x001;

/** The class of a message: two bits, apart from each other (RFC 8489 section 5). */
export const classBits = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;

/** What a message is for. */
export type StunClass = keyof typeof classBits;

/** RFC 8489 section 14: values are filled up to a multiple of four bytes. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
