import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that nobody listens on at present. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
}

/** Even UDP ports of `address` that are free at present, with the next of each: for RTP and its RTCP. */
export async function freePairs(address: string, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = await udpPort(address, 0);
    const isPair = port % 2 === 0 && !found.includes(port) && (await udpPort(address, port + 1)) !== 0;
    if (isPair) found.push(port);
  }
  return found;
}

/** A port that could be bound, `port` or any if that is 0; 0 if it is taken. */
async function udpPort(address: string, port: number): Promise<number> {
  const socket = createSocket('udp4').bind(port, address);
  try {
    await once(socket, 'listening');
    return socket.address().port;
  } catch {
    // Taken: the caller tries another one.
    return 0;
  } finally {
    socket.close();
  }
}
