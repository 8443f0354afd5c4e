import type { TransportAddress } from '#services/kernel';
import { intersection } from '../agree.ts';
import { decimal } from '../attributes.ts';
import type { MediaDescription } from '../description.ts';
import { badLine, readLines, type SdpLine } from '../lines.ts';
import { parseSdp } from '../parse.ts';
import { readCrypto } from './crypto.ts';
import type { Crypto, PlainDescription, PlainMedia } from './plain-description.ts';

/** RFC 3551, RFC 4585, RFC 3711, RFC 5124; the names with UDP/TLS have their keys from DTLS, which plain legs lack. */
const protocols = /^RTP\/(S?)AVPF?$/;

/** Of one m-line; a phone offers three. */
const mostCryptos = 8;

/** What one level says of addresses and keys. */
interface Level {
  connection: string | undefined;
  rtcp: { readonly port: number; readonly address: string | undefined } | undefined;
  readonly cryptos: Crypto[];
}

/** Reads a description of plain RTP. Throws NegotiationError as `parseSdp`, and for an address that is no IP address. */
export function parsePlainSdp(text: string): PlainDescription {
  const session = parseSdp(text);
  const top = newLevel();
  const levels: Level[] = [];
  for (const line of readLines(text)) {
    if (line.type === 'm') levels.push(newLevel());
    else readLine(levels.at(-1) ?? top, line);
  }
  const plain = session.media.map((media, index) => describe(media, levels[index] ?? top, top));
  return { ...session, plain };
}

function newLevel(): Level {
  return { connection: undefined, rtcp: undefined, cryptos: [] };
}

function readLine(level: Level, line: SdpLine): void {
  const { type, value } = line;
  if (type === 'c') level.connection ??= addressIn(value, line);
  if (type !== 'a') return;
  if (value.startsWith('rtcp:')) level.rtcp ??= readRtcp(value.slice('rtcp:'.length), line);
  const crypto = value.startsWith('crypto:') ? readCrypto(value.slice('crypto:'.length)) : undefined;
  if (crypto !== undefined && level.cryptos.length < mostCryptos) level.cryptos.push(crypto);
}

/** `IN IP4 192.0.2.1`; names are not taken, as none is resolved. A TTL belongs to multicast, which is nobody's phone. */
function addressIn(value: string, line: SdpLine): string {
  const [network, family, address = ''] = value.trim().split(/ +/);
  const isAddress = network === 'IN' && (family === 'IP4' ? isIpv4(address) : isIpv6(address));
  if (!isAddress || isMulticast(address)) throw badLine(line, 'an IP address of one host was expected');
  return address.toLowerCase();
}

/** RFC 3605: `a=rtcp:53020` or `a=rtcp:53020 IN IP4 192.0.2.1`. */
function readRtcp(value: string, line: SdpLine): Level['rtcp'] {
  const [first, ...rest] = value.trim().split(/ +/);
  const port = decimal(first, 0xffff);
  if (port === undefined) throw badLine(line, 'a malformed rtcp');
  return { port, address: rest.length === 0 ? undefined : addressIn(rest.join(' '), line) };
}

function isIpv4(text: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  return parts?.every((part) => Number(part) <= 255) === true;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && /^[0-9a-f:]{2,39}(?::\d{1,3}(?:\.\d{1,3}){3})?$/i.test(text);
}

function isMulticast(address: string): boolean {
  return address.includes(':') ? /^ff/i.test(address) : Number(address.split('.', 1)[0]) >= 224;
}

function describe(media: MediaDescription, own: Level, top: Level): PlainMedia {
  const [, secure] = protocols.exec(media.protocol) ?? [];
  const address = own.connection ?? top.connection;
  const isHeld = address === '0.0.0.0' || address === '::';
  const isAudible = media.kind === 'audio' || media.kind === 'video';
  const isUsable = secure !== undefined && isAudible && media.port !== 0 && address !== undefined;
  const isReachable = isUsable && !isHeld;
  return {
    media,
    remote: isReachable ? { address, port: media.port } : undefined,
    remoteRtcp: isReachable ? rtcpAddress(media, own.rtcp, address) : undefined,
    isUsable,
    isSecure: secure === 'S',
    cryptos: own.cryptos,
    direction: isHeld ? intersection(media.direction, 'sendonly') : media.direction,
  };
}

function rtcpAddress(
  { port, isRtcpMux }: MediaDescription,
  rtcp: Level['rtcp'],
  address: string,
): TransportAddress {
  if (isRtcpMux) return { address, port };
  return { address: rtcp?.address ?? address, port: rtcp?.port ?? port + 1 };
}
