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
  type RTCRtpTransceiver,
} from 'werift';
import { readRecording } from '../../fixtures/rtp/recording.ts';

type Kind = 'audio' | 'video';

/** What is sent, and how many ticks of its RTP clock are a millisecond. */
const recordings = {
  audio: { name: 'opus', ticksPerMs: 48 },
  video: { name: 'vp8', ticksPerMs: 90 },
} as const;

/** Numbers wrap on the way. */
const firstSequenceNumber = 65_500;

/** Longer than the longest wait between two frames of a recording. */
const betweenRecordingsMs = 100;

/** One RTP packet as it was sent, or as it came back. */
export interface Packet {
  readonly payload: Buffer;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
}

/**
 * A peer on werift's whole stack, full ICE included: sends recorded RTP, and keeps what comes back. It speaks on
 * 127.0.0.1 alone.
 */
export class WeriftPeer implements AsyncDisposable {
  readonly returned: Readonly<Record<Kind, Packet[]>> = { audio: [], video: [] };
  readonly messages: (string | Buffer)[] = [];
  readonly #connection: RTCPeerConnection;
  readonly #stun: Socket;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #transceivers = new Map<Kind, RTCRtpTransceiver>();
  readonly #heard = new Set<MediaStreamTrack>();
  /** Where the next recording goes on. */
  readonly #next = {
    audio: { sequenceNumber: firstSequenceNumber, timestamp: 0 },
    video: { sequenceNumber: firstSequenceNumber, timestamp: 0 },
  };
  readonly #channel: RTCDataChannel;

  private constructor(connection: RTCPeerConnection, stun: Socket, kinds: readonly Kind[]) {
    this.#connection = connection;
    this.#stun = stun;
    connection.onTrack.subscribe((track) => this.#listen(track));
    for (const kind of kinds) this.add(kind);
    this.#channel = connection.createDataChannel('chat');
    this.#channel.onMessage.subscribe((message) => this.messages.push(message));
  }

  static async open(kinds: readonly Kind[] = ['audio', 'video']): Promise<WeriftPeer> {
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
    return new WeriftPeer(connection, stun, kinds);
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

  /** Adds an m-line; an offer follows. */
  add(kind: Kind): void {
    this.#transceivers.set(kind, this.#connection.addTransceiver(new MediaStreamTrack({ kind })));
  }

  /** Removes the m-line; an offer follows. */
  remove(kind: Kind): void {
    const transceiver = this.#transceivers.get(kind);
    transceiver?.setDirection('inactive');
    transceiver?.stop();
    // Their reports would go on for ever: closing stops only what was not stopped before.
    transceiver?.sender.stop();
    transceiver?.receiver.stop();
  }

  /** Sends the recording once, at the pace at which it was made, and gives what it sends. */
  play(kind: Kind): readonly Packet[] {
    const track = this.#transceivers.get(kind)?.sender.track;
    const { name, ticksPerMs } = recordings[kind];
    const begin = this.#next[kind];
    const packets = renumbered(readRecording(name), begin);
    const last = packets.at(-1) ?? begin;
    this.#next[kind] = {
      sequenceNumber: last.sequenceNumber + 1,
      timestamp: last.timestamp + betweenRecordingsMs * ticksPerMs,
    };
    const startedAt = performance.now();
    let next = 0;
    const timer = setInterval(() => {
      const due = begin.timestamp + (performance.now() - startedAt) * ticksPerMs;
      for (; next < packets.length; next += 1) {
        const packet = packets[next];
        if (packet === undefined || packet.timestamp > due) return;
        const { payload, ...header } = packet;
        track?.writeRtp(new RtpPacket(new RtpHeader({ ...header, payloadType: 96 }), payload));
      }
      clearInterval(timer);
    }, 5);
    this.#timers.push(timer);
    return packets;
  }

  say(message: string | Buffer): void {
    this.#channel.send(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#connection.close();
    await new Promise<void>((resolve) => this.#stun.close(() => resolve()));
  }

  /** It tells of a track once more in every negotiation. */
  #listen(track: MediaStreamTrack): void {
    if (this.#heard.has(track)) return;
    this.#heard.add(track);
    const kind = track.kind === 'audio' ? 'audio' : 'video';
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      const { sequenceNumber, timestamp, marker } = header;
      this.returned[kind].push({ payload: Buffer.from(payload), sequenceNumber, timestamp, marker });
    });
  }
}

/** The recording with numbers and timestamps from `begin` on, as far apart as they were. */
function renumbered(
  packets: ReturnType<typeof readRecording>,
  begin: Pick<Packet, 'sequenceNumber' | 'timestamp'>,
): readonly Packet[] {
  const [first = begin] = packets;
  return packets.map(({ payload, sequenceNumber, timestamp, marker }) => ({
    payload,
    sequenceNumber: (begin.sequenceNumber + sequenceNumber - first.sequenceNumber) & 0xffff,
    timestamp: (begin.timestamp + timestamp - first.timestamp) >>> 0,
    marker,
  }));
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
