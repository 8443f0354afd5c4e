import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RtpHeader,
  RtpPacket,
  useOPUS,
  useVP8,
  type RTCDataChannel,
} from 'werift';

type Kind = 'audio' | 'video';

/** Ticks of the RTP clock and milliseconds from one frame to the next. */
const pace = { audio: { ticks: 960, ms: 20 }, video: { ticks: 3000, ms: 33 } } as const;

const framesPerKeyframe = 15;

/** One RTP packet as it came back. */
export interface Returned {
  readonly payload: Buffer;
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

/**
 * A peer on werift's whole stack, full ICE included: sends RTP that a test can tell apart, and keeps what comes back.
 * It speaks on 127.0.0.1 alone.
 */
export class WeriftPeer implements AsyncDisposable {
  readonly returned: Readonly<Record<Kind, Returned[]>> = { audio: [], video: [] };
  readonly sent: Readonly<Record<Kind, Buffer[]>> = { audio: [], video: [] };
  readonly messages: (string | Buffer)[] = [];
  readonly #connection: RTCPeerConnection;
  readonly #stun: Socket;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #tracks: Readonly<Record<Kind, MediaStreamTrack>>;
  readonly #channel: RTCDataChannel;

  private constructor(connection: RTCPeerConnection, stun: Socket) {
    this.#connection = connection;
    this.#stun = stun;
    this.#tracks = {
      audio: new MediaStreamTrack({ kind: 'audio' }),
      video: new MediaStreamTrack({ kind: 'video' }),
    };
    connection.onTrack.subscribe((track) => this.#listen(track));
    connection.addTrack(this.#tracks.audio);
    connection.addTrack(this.#tracks.video);
    this.#channel = connection.createDataChannel('chat');
    this.#channel.onMessage.subscribe((message) => this.messages.push(message));
  }

  static async open(): Promise<WeriftPeer> {
    const stun = await stunResponder();
    const connection = new RTCPeerConnection({
      // Without a server of its own it asks a public one.
      iceServers: [{ urls: `stun:127.0.0.1:${stun.address().port}` }],
      iceUseIpv6: false,
      bundlePolicy: 'max-bundle',
      iceAdditionalHostAddresses: ['127.0.0.1'],
      iceFilterCandidatePair: ({ localCandidate, remoteCandidate }) =>
        localCandidate.host === '127.0.0.1' && remoteCandidate.host === '127.0.0.1',
      codecs: { audio: [useOPUS()], video: [useVP8()] },
      maxMessageSize: 256 * 1024,
    });
    return new WeriftPeer(connection, stun);
  }

  get state(): string {
    return this.#connection.connectionState;
  }

  get isChannelOpen(): boolean {
    return this.#channel.readyState === 'open';
  }

  /** Its offer, with all candidates. */
  async offer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#connection.localDescription?.sdp ?? '';
  }

  async accept(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  /** Its answer to our offer, with all candidates. */
  async answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    return this.#connection.localDescription?.sdp ?? '';
  }

  /** Sends frames of one packet each from now on. */
  play(kind: Kind): void {
    let index = 0;
    const { ticks, ms } = pace[kind];
    const timer = setInterval(() => {
      const payload = kind === 'audio' ? opusFrame(index) : vp8Frame(index);
      const header = new RtpHeader({
        sequenceNumber: (65_500 + index) & 0xffff,
        timestamp: index * ticks,
        payloadType: 96,
        marker: kind === 'video',
      });
      this.sent[kind].push(payload);
      this.#tracks[kind].writeRtp(new RtpPacket(header, payload));
      index += 1;
    }, ms);
    this.#timers.push(timer);
  }

  say(message: string | Buffer): void {
    this.#channel.send(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#connection.close();
    await new Promise<void>((resolve) => this.#stun.close(() => resolve()));
  }

  #listen(track: MediaStreamTrack): void {
    const kind = track.kind === 'audio' ? 'audio' : 'video';
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      const { sequenceNumber, timestamp } = header;
      this.returned[kind].push({ payload: Buffer.from(payload), sequenceNumber, timestamp });
    });
  }
}

/** Told apart by its number, and long enough to be sound. */
function opusFrame(index: number): Buffer {
  const frame = Buffer.alloc(40, 0xf8);
  frame.writeUInt32BE(index, 4);
  return frame;
}

/** A descriptor of one byte (RFC 7741 section 4.2), then the head of a VP8 frame (RFC 6386 section 9.1). */
function vp8Frame(index: number): Buffer {
  const isKeyframe = index % framesPerKeyframe === 0;
  const frame = Buffer.alloc(300, index & 0xff);
  frame.writeUInt8(0x10, 0);
  frame.writeUInt8(isKeyframe ? 0x10 : 0x11, 1);
  Buffer.from('9d012a40016801', 'hex').copy(frame, 4);
  frame.writeUInt32BE(index, 12);
  return frame;
}

/** Answers binding requests (RFC 8489 section 14.2) on 127.0.0.1. */
async function stunResponder(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (request, { port }) => {
    const response = Buffer.alloc(32);
    response.writeUInt16BE(0x0101, 0);
    response.writeUInt16BE(12, 2);
    request.copy(response, 4, 4, 20);
    response.writeUInt16BE(0x0020, 20);
    response.writeUInt16BE(8, 22);
    response.writeUInt16BE(1, 24);
    response.writeUInt16BE(port ^ 0x2112, 26);
    response.writeUInt32BE((0x7f000001 ^ 0x2112a442) >>> 0, 28);
    socket.send(response, port, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
