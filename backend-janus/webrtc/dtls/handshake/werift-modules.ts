import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DtlsServer } from 'werift';
import { generateKeyPair, prfPreMasterSecret } from './key-agreement.ts';
import { RecordKeys, type ExpandKeys } from './record-keys.ts';

/** What is negotiated: version, message numbers and the peer's wishes. */
export type DtlsContext = DtlsServer['dtls'];
/** Keys, randoms and certificates of one association. */
export type CipherContext = DtlsServer['cipher'];
/** The SRTP profile that was agreed on. */
export type SrtpContext = DtlsServer['srtp'];

/** A hello that our client says twice if it is asked to: the second time with a cookie. */
export interface ClientHello {
  cookie: Buffer;
}

interface Extension {
  readonly type: number;
  readonly data: Buffer;
}

/** One whole handshake message of the peer, as the flights take it. */
export interface FlightInput {
  readonly msg_type: number;
  readonly fragment: Buffer;
}

/** What a server says to a hello. Each call puts one message into the context. */
export interface Flight4 {
  sendServerHello(): void;
  sendCertificate(): void;
  sendServerKeyExchange(): void;
  sendCertificateRequest(): void;
  sendServerHelloDone(): void;
}

/** What a client says and hears until its own Finished. */
export interface Flight5 {
  createPacket(messages: readonly ClientHello[]): void;
  handleHandshake(message: FlightInput): void;
  sendCertificate(): void;
  sendClientKeyExchange(): void;
  sendCertificateVerify(): void;
}

/** What a server makes of the client's key. */
export interface Flight6 {
  handleHandshake(message: FlightInput): void;
}

/** Where a flight would send; nothing of ours lets it. */
export interface FlightSocket {
  send(datagram: Buffer): Promise<void>;
}

type Flight<T> = new (udp: FlightSocket, dtls: DtlsContext, cipher: CipherContext, srtp: SrtpContext) => T;

/** The parts of werift's DTLS that a handshake uses; its export map hides them. */
export interface WeriftModules {
  readonly DtlsContext: new (options: DtlsContext['options'], sessionType: number) => DtlsContext;
  readonly CipherContext: new (sessionType: number) => CipherContext;
  readonly SrtpContext: new () => SrtpContext;
  readonly DtlsRandom: new () => CipherContext['localRandom'];
  readonly ClientHello: {
    new (
      version: DtlsContext['version'],
      random: CipherContext['localRandom'],
      sessionId: Buffer,
      cookie: Buffer,
      cipherSuites: readonly number[],
      compressionMethods: readonly number[],
      extensions: readonly Extension[],
    ): ClientHello;
    deSerialize(body: Buffer): ClientHello;
  };
  /** Chooses curve, suite and SRTP profile from a hello. */
  readonly flight2: (
    udp: FlightSocket,
    dtls: DtlsContext,
    cipher: CipherContext,
    srtp: SrtpContext,
  ) => (hello: ClientHello) => void;
  readonly Flight4: Flight<Flight4>;
  readonly Flight5: Flight<Flight5>;
  readonly Flight6: Flight<Flight6>;
  readonly prfVerifyDataClient: (masterSecret: Buffer, messages: Buffer) => Buffer;
  readonly prfVerifyDataServer: (masterSecret: Buffer, messages: Buffer) => Buffer;
  readonly prfEncryptionKeys: ExpandKeys;
  readonly exportKeyingMaterial: (
    label: string,
    length: number,
    masterSecret: Buffer,
    localRandom: Buffer,
    remoteRandom: Buffer,
    isClient: boolean,
  ) => Buffer;
}

/** The one version whose handshake was read and tried with what we replace of it. */
const knownVersion = '0.24.4';

/** SHA-256 over the names and texts of all its DTLS files. */
const knownDigest = '70ff7f34b26f0fca13773dd9356cd1b8de30ed84760cd35ffe326be975c35be9';

/** Where each part is, below werift's DTLS folder. */
const places: Readonly<Record<keyof WeriftModules, string>> = {
  DtlsContext: 'context/dtls.js',
  CipherContext: 'context/cipher.js',
  SrtpContext: 'context/srtp.js',
  DtlsRandom: 'handshake/random.js',
  ClientHello: 'handshake/message/client/hello.js',
  flight2: 'flight/server/flight2.js',
  Flight4: 'flight/server/flight4.js',
  Flight5: 'flight/client/flight5.js',
  Flight6: 'flight/server/flight6.js',
  prfVerifyDataClient: 'cipher/prf.js',
  prfVerifyDataServer: 'cipher/prf.js',
  prfEncryptionKeys: 'cipher/prf.js',
  exportKeyingMaterial: 'cipher/prf.js',
};

/** AES-128-GCM with SHA-256 over ECDHE, signed with ECDSA or RSA: those that werift offers. */
export const cipherSuites: readonly number[] = [0xc02b, 0xc02f];

let modules: WeriftModules | undefined;

/**
 * werift's DTLS with its key agreement and record protection replaced by ours, made once per process.
 * Throws an Error with a sentence for the operator if it is not the one that we know.
 */
export function weriftModules(): WeriftModules {
  modules ??= load();
  return modules;
}

function load(): WeriftModules {
  const require = createRequire(import.meta.url);
  const root = join(dirname(require.resolve('werift')), '../../..');
  const folder = join(root, 'lib/dtls/src');
  requireKnown(readFileSync(join(root, 'package.json'), 'utf8'), weriftDigest(folder));
  const exported = (file: string): object => {
    const found: unknown = require(join(folder, file));
    return typeof found === 'object' && found !== null ? found : {};
  };
  const parts = Object.fromEntries(
    Object.entries(places).map(([name, file]): [string, unknown] => [
      name,
      Reflect.get(exported(file), name),
    ]),
  );
  if (!isComplete(parts)) throw new TypeError('werift lacks parts of its DTLS');
  const createCipher = (suite: number): RecordKeys => {
    if (!cipherSuites.includes(suite)) throw new RangeError('a cipher suite that we did not offer');
    return new RecordKeys(parts.prfEncryptionKeys);
  };
  Object.assign(exported('cipher/namedCurve.js'), { generateKeyPair });
  Object.assign(exported('cipher/prf.js'), { prfPreMasterSecret });
  Object.assign(exported('cipher/create.js'), { createCipher });
  return parts;
}

function isComplete(parts: object): parts is WeriftModules {
  return Object.keys(places).every((name) => typeof Reflect.get(parts, name) === 'function');
}

/** SHA-256 in hexadecimal over the name and text of every script below `folder`. */
export function weriftDigest(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.js')).sort())
    hash
      .update(`${file.replaceAll('\\', '/')}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  return hash.digest('hex');
}

/** Throws unless the package's description and the digest of its DTLS are those that we know. */
export function requireKnown(description: string, digest: string): void {
  const parsed: unknown = JSON.parse(description);
  const version: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'version') : '';
  if (version !== knownVersion || digest !== knownDigest) {
    throw new Error(
      `This is not the DTLS code that was checked: werift ${knownVersion} unchanged is needed; install it with npm ci.`,
    );
  }
}
