import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over the socket of one HTTP request that asks for another protocol (RFC 9110 section 7.8). */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** An HTTP server that hands on such requests by their path. */
export interface Upgrades {
  /** One handler per path, without its query; a later one replaces the earlier. */
  onUpgrade(path: string, handler: UpgradeHandler): void;
}

/** Answers a request to upgrade with an HTTP status and a sentence, and ends its socket. */
export function refuseUpgrade(socket: Duplex, status: number, sentence: string): void {
  const body = JSON.stringify({ error: sentence });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
