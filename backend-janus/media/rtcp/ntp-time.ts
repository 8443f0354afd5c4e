/** Seconds from 1900, where NTP counts from, to 1970 (RFC 868). */
const unixEpoch = 2_208_988_800;

/** Numbers in 32 bits. */
const wrap = 2 ** 32;

/** The whole seconds of an NTP timestamp (RFC 3550 section 4), 32 bits, of milliseconds since the Unix epoch. */
export function ntpSeconds(wallTimeMs: number): number {
  return (Math.floor(wallTimeMs / 1000) + unixEpoch) >>> 0;
}

/** The fraction of an NTP timestamp in 1/2^32 s, 32 bits. */
export function ntpFraction(wallTimeMs: number): number {
  const ms = wallTimeMs - 1000 * Math.floor(wallTimeMs / 1000);
  return Math.floor((ms * wrap) / 1000) >>> 0;
}

/** The middle 32 bits of an NTP timestamp, in 1/65,536 s, as report blocks repeat them (RFC 3550 section 6.4.1). */
export function ntpMiddle(wallTimeMs: number): number {
  return ((ntpSeconds(wallTimeMs) << 16) | (ntpFraction(wallTimeMs) >>> 16)) >>> 0;
}

/** Milliseconds since the Unix epoch of an NTP timestamp between 1970 and 2106. */
export function wallTimeOf(seconds: number, fraction: number): number {
  // Seconds before 1970 belong to the era that begins in 2036 (RFC 4330 section 3).
  const since1900 = seconds < unixEpoch ? seconds + wrap : seconds;
  return 1000 * (since1900 - unixEpoch) + (1000 * fraction) / wrap;
}
