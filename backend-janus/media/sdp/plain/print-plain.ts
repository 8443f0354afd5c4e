import type { CodecDescription } from '../description.ts';
import { printCrypto } from './crypto.ts';
import type { PlainLine } from './plain-description.ts';

/** Names one version of our side of a plain session (RFC 8866 section 5.2). */
export interface PlainOrigin {
  /** Digits of at most 64 bits. */
  readonly sessionId: string;
  readonly version: number;
  /** The IP address that media goes to. */
  readonly address: string;
}

/** The text of a plain description, barebone as Janus's NoSIP writes it: no ICE, no DTLS. */
export function printPlainSdp(
  { sessionId, version, address }: PlainOrigin,
  media: readonly PlainLine[],
): string {
  const connection = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;
  const lines = [
    'v=0',
    `o=- ${sessionId} ${version} ${connection}`,
    's=-',
    `c=${connection}`,
    't=0 0',
    ...media.flatMap((line) => mediaLines(line, connection)),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(line: PlainLine, connection: string): readonly string[] {
  const { mediaType, port, protocol, codecs, offeredFormat, mid, direction, cryptos, isRtcpMux } = line;
  if (port === 0) return [`m=${mediaType} 0 ${protocol} ${offeredFormat}`];
  return [
    `m=${mediaType} ${port} ${protocol} ${codecs.map(({ payloadType }) => payloadType).join(' ')}`,
    `c=${connection}`,
    `a=${direction}`,
    ...(mid === undefined ? [] : [`a=mid:${mid}`]),
    ...(isRtcpMux ? ['a=rtcp-mux'] : []),
    ...cryptos.map((crypto) => `a=crypto:${printCrypto(crypto)}`),
    ...codecs.flatMap(codecLines),
  ];
}

function codecLines(codec: CodecDescription): readonly string[] {
  const { payloadType, name, clockRate, channels, parameters, feedback } = codec;
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`,
    ...feedback.map((type) => `a=rtcp-fb:${payloadType} ${type}`),
    ...(parameters === '' ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
  ];
}
