import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fromMuLaw, sineSamples, toMuLaw } from '../../support/tone.ts';

const sampleRateHz = 8000;
const packetMs = 20;
const samplesPerPacket = (sampleRateHz * packetMs) / 1000;

/** A phone that speaks PCMU over plain RTP on 127.0.0.1: sends a tone, and keeps what it hears. */
export class PlainPhone implements Disposable {
  /** Datagrams that came to the RTP port, and to the RTCP port. */
  readonly rtp: Buffer[] = [];
  readonly rtcp: Buffer[] = [];
  readonly #sockets: readonly [Socket, Socket];
  #timer: NodeJS.Timeout | undefined;
  #packets = 0;

  private constructor(sockets: readonly [Socket, Socket]) {
    this.#sockets = sockets;
    sockets[0].on('message', (bytes) => this.rtp.push(bytes));
    sockets[1].on('message', (bytes) => this.rtcp.push(bytes));
  }

  /** Binds an even port and the next, from `first` on. */
  static async open(first = 25_000): Promise<PlainPhone> {
    for (let port = first; ; port += 2) {
      const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
      try {
        for (const [index, socket] of sockets.entries()) {
          socket.bind(port + index, '127.0.0.1');
          await once(socket, 'listening');
        }
        return new PlainPhone(sockets);
      } catch {
        // Somebody else's port: the next pair may be free.
        for (const socket of sockets) socket.close();
      }
    }
  }

  get port(): number {
    return this.#sockets[0].address().port;
  }

  /** Its side of a session: PCMU, and what else is given. */
  describe(direction = 'sendrecv', rest = ''): string {
    return (
      'v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n' +
      `m=audio ${this.port} RTP/AVP 0\r\na=${direction}\r\n${rest}`
    );
  }

  /** Sends a tone to a port until it is disposed. */
  sing(hz: number, port: number): void {
    const startedAt = performance.now();
    // A late timer catches up: a gap would be heard as if the network had made it.
    this.#timer = setInterval(() => {
      for (; startedAt + this.#packets * packetMs <= performance.now(); this.#packets += 1)
        this.#sockets[0].send(this.#packet(hz), port, '127.0.0.1');
    }, packetMs / 2);
  }

  /** What it heard, in the order of arrival. */
  get heard(): Int16Array {
    const bytes = Buffer.concat(this.rtp.map((packet) => packet.subarray(12)));
    return Int16Array.from(bytes, fromMuLaw);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
  }

  #packet(hz: number): Buffer {
    const packet = Buffer.alloc(12 + samplesPerPacket);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(this.#packets & 0xffff, 2);
    packet.writeUInt32BE(this.#packets * samplesPerPacket, 4);
    packet.writeUInt32BE(0x1234_5678, 8);
    const start = this.#packets * samplesPerPacket;
    const sine = sineSamples(hz, sampleRateHz, start, samplesPerPacket);
    for (const [index, sample] of sine.entries()) packet.writeUInt8(toMuLaw(sample), 12 + index);
    return packet;
  }
}

/** The ports of the m-lines of a description, in order. */
export function portsIn(sdp: string): readonly number[] {
  return [...sdp.matchAll(/^m=\w+ (\d+)/gm)].map(([, port]) => Number(port));
}
