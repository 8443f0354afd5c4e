import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fromMuLaw, sineSamples, toMuLaw } from '../../../support/tone.ts';

/** PCMU at 8,000 Hz in packets of 20 ms (RFC 3551 section 4.5.14). */
const samplesPerPacket = 160;
const packetMs = 20;
const toneHz = 440;
const sampleRateHz = 8000;
const headerBytes = 12;

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

  get offer(): string {
    return this.#described(this.#audio);
  }

  /** Takes the first audio and refuses the rest, each in its place (RFC 3264 section 6). */
  answer(offer: string): string {
    const lines = [...offer.matchAll(/^m=(\w+) \d+ (.*)/gm)];
    const first = lines.findIndex(([, kind]) => kind === 'audio');
    const media = lines.flatMap(([, kind, rest], at) =>
      at === first ? this.#audio : [`m=${kind} 0 ${rest}`],
    );
    return this.#described(media);
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

  get #audio(): readonly string[] {
    return [`m=audio ${this.#socket.address().port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=sendrecv'];
  }

  #described(media: readonly string[]): string {
    const address = `IN IP4 ${this.#address}`;
    return ['v=0', `o=- 1 1 ${address}`, 's=-', `c=${address}`, 't=0 0', ...media, ''].join('\r\n');
  }

  #take(packet: Buffer): void {
    // RTCP on the RTP port, as after rtcp-mux (RFC 5761 section 4), is no sound.
    const isSound = packet.length > headerBytes && ((packet[1] ?? 0) & 0x7f) === 0;
    if (!isSound) return;
    this.packets += 1;
    for (const byte of packet.subarray(headerBytes))
      this.loudness = Math.max(this.loudness, Math.abs(fromMuLaw(byte)));
  }
}

function packetOf(count: number): Buffer {
  const packet = Buffer.alloc(headerBytes + samplesPerPacket);
  packet[0] = 0x80;
  packet.writeUInt16BE(count & 0xffff, 2);
  packet.writeUInt32BE(count * samplesPerPacket, 4);
  packet.writeUInt32BE(0x0b1f_0001, 8);
  const tone = sineSamples(toneHz, sampleRateHz, count * samplesPerPacket, samplesPerPacket);
  packet.set(tone.map(toMuLaw), headerBytes);
  return packet;
}
