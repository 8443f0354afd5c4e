import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Between two packets to one port: ten times as many as a phone sends. */
const packetMs = 2;

/** What a stranger sends where. */
export interface Noise {
  readonly port: number;
  /** Of a stream from its start, in order. */
  readonly packets: readonly Buffer[];
}

/** Sends valid RTP to ports of ours from where nobody announced a peer, without a pause until it is disposed. */
export class Stranger implements Disposable {
  /** Packets to each port so far. */
  sent = 0;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;

  private constructor(socket: Socket, noises: readonly Noise[]) {
    this.#socket = socket;
    this.#timer = setInterval(() => {
      for (const { port, packets } of noises) socket.send(packetAt(packets, this.sent), port, '127.0.0.1');
      this.sent += 1;
    }, packetMs);
  }

  /** Sends from some port of `address`, one of 127.0.0.0/8. */
  static async open(address: string, noises: readonly Noise[]): Promise<Stranger> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return new Stranger(socket, noises);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}

/** After the last of the packets the first follows, with numbers and times that go on. */
function packetAt(packets: readonly Buffer[], index: number): Buffer {
  const [first, last] = [packets[0], packets.at(-1)];
  const packet = Buffer.from(packets[index % packets.length] ?? '');
  if (first === undefined || last === undefined) return packet;
  const span = (last.readUInt32BE(4) - first.readUInt32BE(4)) >>> 0;
  const round = Math.floor(index / packets.length);
  const step = Math.round(span / Math.max(1, packets.length - 1));
  packet.writeUInt16BE((first.readUInt16BE(2) + index) & 0xffff, 2);
  packet.writeUInt32BE((packet.readUInt32BE(4) + round * (span + step)) >>> 0, 4);
  return packet;
}
