import { createHash, sign, type KeyObject } from 'node:crypto';

/** Tags of DER (X.690 section 8). */
const tag = {
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
} as const;

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 section 3.2). */
const ecdsaWithSha256 = der(tag.sequence, der(tag.objectIdentifier, Buffer.from('2a8648ce3d040302', 'hex')));

/** id-at-commonName, 2.5.4.3 (RFC 5280 appendix A.1). */
const commonName = der(tag.objectIdentifier, Buffer.from('550403', 'hex'));

/** Tells a peer nothing of us: what proves us is the fingerprint. */
const name = der(
  tag.sequence,
  der(tag.set, der(tag.sequence, commonName, der(tag.utf8String, Buffer.from('WebRTC')))),
);

/** Version 3 (RFC 5280 section 4.1.2.1). */
const version3 = der(tag.version, der(tag.integer, Buffer.from([2])));

const serialBytes = 16;

/** A self-signed X.509 certificate (RFC 5280) of a P-256 key, in DER; times are milliseconds since the Unix epoch. */
export function selfSigned(
  publicKey: KeyObject,
  privateKey: KeyObject,
  notBefore: number,
  notAfter: number,
): Buffer {
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(
    tag.sequence,
    version3,
    der(tag.integer, serialOf(keyInfo)),
    ecdsaWithSha256,
    name,
    der(tag.sequence, time(notBefore), time(notAfter)),
    name,
    keyInfo,
  );
  const signature = sign('sha256', content, privateKey);
  return der(tag.sequence, content, ecdsaWithSha256, der(tag.bitString, Buffer.from([0]), signature));
}

/** As unique as the key is; positive, and not shortened by leading zeros (X.690 section 8.3.2). */
function serialOf(keyInfo: Buffer): Buffer {
  const serial = createHash('sha256').update(keyInfo).digest().subarray(0, serialBytes);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial;
}

/** Two digits of the year until 2049, four from then on (RFC 5280 section 4.1.2.5). */
function time(moment: number): Buffer {
  const date = new Date(moment);
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? der(tag.utcTime, Buffer.from(digits.slice(2)))
    : der(tag.generalizedTime, Buffer.from(digits));
}

/** One value with its tag and length (X.690 section 8.1). */
function der(type: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([type]), lengthOf(content.length), content]);
}

/** The shortest form, which is the only one in DER: BoringSSL refuses a longer one (X.690 section 10.1). */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return Buffer.from(length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]);
}
