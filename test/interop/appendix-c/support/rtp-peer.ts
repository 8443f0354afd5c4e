import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** PCMU at 8,000 Hz in packets of 20 ms (RFC 3551 section 4.5.14). */
const samplesPerPacket = 160;
const packetMs = 20;
const toneHz = 440;
const sampleRateHz = 8000;
const amplitude = 9000;
const headerBytes = 12;

/** Of G.711: added before a sample is cut down to eight bits, so that each step is twice the one below. */
const bias = 0x84;

/** A telephone as SIP knows it: PCMU over plain RTP on one UDP socket, sending a tone and measuring what comes. */
export class RtpPeer implements Disposable {
  packets = 0;
  /** The loudest sample since the last `hush`, 0 to 32,767. */
  loudness = 0;
  readonly #socket: Socket;
  readonly #address: string;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    socket.on('message', (packet) => this.#take(packet));
  }

  /** Binds a free port of `address`. */
  static async open(address: string): Promise<RtpPeer> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return new RtpPeer(socket, address);
  }

  /** As an offer or as an answer. */
  get sdp(): string {
    const lines = [
      ...['v=0', `o=- 1 1 IN IP4 ${this.#address}`, 's=-', `c=IN IP4 ${this.#address}`, 't=0 0'],
      ...[`m=audio ${this.#socket.address().port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=sendrecv', ''],
    ];
    return lines.join('\r\n');
  }

  /** Sends its tone to where the other side's description says. */
  sendTo(sdp: string): void {
    const port = Number(/^m=audio (\d+) /m.exec(sdp)?.[1]);
    const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? this.#address;
    let count = 0;
    this.#timer = setInterval(() => {
      this.#socket.send(packetOf(count), port, address);
      count += 1;
    }, packetMs);
  }

  /** Forgets what was heard. */
  hush(): void {
    this.loudness = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #take(packet: Buffer): void {
    // RTCP on the RTP port, as after rtcp-mux (RFC 5761 section 4), is no sound.
    const isSound = packet.length > headerBytes && ((packet[1] ?? 0) & 0x7f) === 0;
    if (!isSound) return;
    this.packets += 1;
    for (const byte of packet.subarray(headerBytes))
      this.loudness = Math.max(this.loudness, Math.abs(expanded(byte)));
  }
}

function packetOf(count: number): Buffer {
  const packet = Buffer.alloc(headerBytes + samplesPerPacket);
  packet[0] = 0x80;
  packet.writeUInt16BE(count & 0xffff, 2);
  packet.writeUInt32BE(count * samplesPerPacket, 4);
  packet.writeUInt32BE(0x0b1f_0001, 8);
  for (let at = 0; at < samplesPerPacket; at += 1) {
    const seconds = (count * samplesPerPacket + at) / sampleRateHz;
    packet[headerBytes + at] = compressed(amplitude * Math.sin(2 * Math.PI * toneHz * seconds));
  }
  return packet;
}

/** One sample as µ-law (ITU-T G.711). */
function compressed(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const size = Math.min(32_635, Math.round(Math.abs(sample))) + bias;
  const exponent = Math.floor(Math.log2(size)) - 7;
  const mantissa = (size >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The sample that a byte of µ-law stands for. */
function expanded(byte: number): number {
  const bits = ~byte & 0xff;
  const size = (((bits & 0x0f) << 3) + bias) << ((bits >> 4) & 0x07);
  return bits & 0x80 ? bias - size : size - bias;
}
