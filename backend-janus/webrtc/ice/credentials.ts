import type { Random } from '#services/kernel';

/** Our side's ICE credentials (RFC 8445 section 5.3); they find and authenticate the peer's checks. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** RFC 8839 section 5.4: the ice-chars, 64 of them, so that six bits make one. */
const iceChars = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 48 bits: no two of the peers that live at one time have the same. RFC 8445 asks for 24. */
const ufragChars = 8;

/** 144 bits; RFC 8445 asks for 128. */
const passwordChars = 24;

const ufragShape = /^[A-Za-z0-9+/]{4,256}$/;
const passwordShape = /^[A-Za-z0-9+/]{22,256}$/;

/** New credentials that nobody can guess. */
export function makeIceCredentials(random: Random): IceCredentials {
  return { ufrag: iceString(random, ufragChars), password: iceString(random, passwordChars) };
}

/** True if they are made of ice-chars and long enough (RFC 8839 section 5.4). */
export function areIceCredentials({ ufrag, password }: IceCredentials): boolean {
  return ufragShape.test(ufrag) && passwordShape.test(password);
}

function iceString(random: Random, size: number): string {
  return Array.from(random.bytes(size), (byte) => iceChars.charAt(byte & 0x3f)).join('');
}
