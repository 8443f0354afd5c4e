import { PeerRefused } from './message.ts';

/** What a handshake reads of a hello: groups, signature algorithms, SRTP profiles, extended master secret, renegotiation. */
const wanted: ReadonlySet<number> = new Set([10, 13, 14, 23, 65_281]);

/** Browsers send about fifteen extensions and twenty suites, and bytes that stand for unknown ones (RFC 8701). */
const mostExtensions = 64;
const mostSuites = 128;

/** Bytes of an extension that we read: 64 groups or algorithms. */
const mostExtensionBytes = 130;

/** Version and random (RFC 5246 section 7.4.1.2). */
const randomEnd = 34;

/**
 * A ClientHello with nothing in it but what we read, because werift's parser takes microseconds for each entry of a
 * list: a hello of 16 KiB would hold up everybody else. Throws PeerRefused if it cannot be read or has too much of
 * something.
 */
export function leanClientHello(body: Buffer): Buffer {
  const sessionEnd = past(body, randomEnd, 1);
  const cookieEnd = past(body, sessionEnd, 1);
  const suitesEnd = past(body, cookieEnd, 2);
  if (suitesEnd - cookieEnd > 2 + 2 * mostSuites) throw malformed('offers too many cipher suites');
  const compressionEnd = past(body, suitesEnd, 1);
  return withLeanExtensions(body, compressionEnd);
}

/** The same of a ServerHello, which chooses one suite. */
export function leanServerHello(body: Buffer): Buffer {
  const suiteAndCompression = 3;
  return withLeanExtensions(body, past(body, randomEnd, 1) + suiteAndCompression);
}

/** Where a value ends whose length is in `lengthBytes` at `at`. */
function past(body: Buffer, at: number, lengthBytes: number): number {
  const start = at + lengthBytes;
  if (start > body.length) throw malformed('is cut short');
  const end = start + body.readUIntBE(at, lengthBytes);
  if (end > body.length) throw malformed('is cut short');
  return end;
}

function withLeanExtensions(body: Buffer, start: number): Buffer {
  if (past(body, start, 2) !== body.length) throw malformed('has bytes after its end');
  const kept: Buffer[] = [];
  const seen = new Set<number>();
  for (let at = start + 2; at < body.length;) {
    const end = past(body, at + 2, 2);
    const type = body.readUInt16BE(at);
    if (seen.has(type) || seen.size === mostExtensions) throw malformed('has too many extensions');
    seen.add(type);
    if (wanted.has(type)) kept.push(body.subarray(at, end));
    if (wanted.has(type) && end - at - 4 > mostExtensionBytes) throw malformed('has too long an extension');
    at = end;
  }
  const extensions = Buffer.concat(kept);
  const length = Buffer.from([extensions.length >> 8, extensions.length & 0xff]);
  return Buffer.concat([body.subarray(0, start), length, extensions]);
}

function malformed(what: string): PeerRefused {
  return new PeerRefused('decodeError', `a hello ${what}`);
}
