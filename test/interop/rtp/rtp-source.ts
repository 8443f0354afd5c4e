import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Ffmpeg } from '../support/ffmpeg.ts';

/** A codec that nothing transcodes, as ffmpeg encodes it and SDP names it. */
interface Codec {
  readonly kind: 'audio' | 'video';
  readonly payloadType: number;
  readonly rtpmap: string;
  readonly fmtp?: string;
  readonly encoder: string;
  /** Of the tone; 0 for a picture. */
  readonly sampleRateHz: number;
}

/** An intra picture each second: who comes late waits no longer. */
const video = { kind: 'video', sampleRateHz: 0 } as const;
const audio = { kind: 'audio' } as const;

export const codecs = {
  opus: {
    ...audio,
    payloadType: 111,
    rtpmap: 'opus/48000/2',
    sampleRateHz: 48_000,
    encoder: '-c:a libopus -ar 48000 -ac 2',
  },
  PCMU: {
    ...audio,
    payloadType: 0,
    rtpmap: 'PCMU/8000',
    sampleRateHz: 8000,
    encoder: '-c:a pcm_mulaw -ar 8000 -ac 1',
  },
  G722: {
    ...audio,
    payloadType: 9,
    rtpmap: 'G722/8000',
    sampleRateHz: 16_000,
    encoder: '-c:a g722 -ar 16000 -ac 1',
  },
  VP8: {
    ...video,
    payloadType: 96,
    rtpmap: 'VP8/90000',
    encoder: '-c:v libvpx -deadline realtime -g 15 -b:v 300k',
  },
  H264: {
    ...video,
    payloadType: 98,
    rtpmap: 'H264/90000',
    fmtp: 'packetization-mode=1;profile-level-id=42e01f',
    encoder: '-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -g 15',
  },
} as const satisfies Readonly<Record<string, Codec>>;

export type CodecName = keyof typeof codecs;

/** What is sent: a tone of so many hertz, or a picture of one colour, as `0xff8000`, with a white box that moves. */
export interface Scene {
  readonly codec: CodecName;
  readonly content: number | string;
  readonly ssrc: number;
}

/** One medium from Debian's ffmpeg to a port of ours; what it sends is counted. */
export class RtpSource implements AsyncDisposable {
  readonly #ffmpeg: Ffmpeg;
  readonly #tap: Tap;

  private constructor(ffmpeg: Ffmpeg, tap: Tap) {
    this.#ffmpeg = ffmpeg;
    this.#tap = tap;
  }

  /** Sends to a port of 127.0.0.1 from `local` and the port after it, for RTCP; for a minute at most. */
  static async start(
    scene: Scene,
    port: number,
    local: { readonly address: string; readonly port: number },
  ): Promise<RtpSource> {
    const tap = await Tap.open();
    const from = `localaddr=${local.address}&localrtpport=${local.port}`;
    const target = `rtp://127.0.0.1:${port}?${from}&pkt_size=1200`;
    // Both get the same packets, ours first.
    const output = `${slave(scene)}${target}|${slave(scene)}${tap.url}`;
    return new RtpSource(new Ffmpeg('-re', ...encoding(scene, 60), '-f', 'tee', output), tap);
  }

  /** RTP packets so far. */
  get sent(): number {
    return this.#tap.count;
  }

  get log(): string {
    return this.#ffmpeg.log;
  }

  /** No packet comes after this. */
  async stop(): Promise<void> {
    await this.#ffmpeg.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ffmpeg[Symbol.asyncDispose]();
    this.#tap[Symbol.dispose]();
  }
}

/** The packets of two seconds of a scene. */
export async function recorded(scene: Scene): Promise<readonly Buffer[]> {
  const packets: Buffer[] = [];
  using tap = await Tap.open((packet) => packets.push(packet));
  await using ffmpeg = new Ffmpeg('-re', ...encoding(scene, 2), '-f', 'tee', `${slave(scene)}${tap.url}`);
  await ffmpeg.ended();
  if (packets.length < 25) throw new Error(ffmpeg.log);
  return packets;
}

/** Counts RTP, and leaves RTCP alone. */
class Tap implements Disposable {
  count = 0;
  readonly #socket: Socket;

  private constructor(socket: Socket, onPacket: (packet: Buffer) => void) {
    this.#socket = socket;
    socket.on('message', (packet) => {
      const type = packet[1] ?? 0;
      if (type >= 192 && type <= 223) return;
      this.count += 1;
      onPacket(packet);
    });
  }

  static async open(onPacket: (packet: Buffer) => void = () => undefined): Promise<Tap> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Tap(socket, onPacket);
  }

  get url(): string {
    const { port } = this.#socket.address();
    return `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=1200`;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function encoding({ codec, content }: Scene, seconds: number): readonly string[] {
  const { encoder, sampleRateHz } = codecs[codec];
  const picture =
    `color=c=${content}:size=320x240:rate=15[back];color=c=white:size=40x40:rate=15[box];` +
    `[back][box]overlay=x='mod(t*60,280)':y=10,format=yuv420p`;
  const tone = `sine=frequency=${content}:sample_rate=${sampleRateHz}:samples_per_frame=${sampleRateHz / 50}`;
  const source = typeof content === 'number' ? tone : picture;
  return ['-f', 'lavfi', '-i', source, '-t', String(seconds), '-map', '0:0', ...encoder.split(' ')];
}

function slave({ codec, ssrc }: Scene): string {
  return `[f=rtp:payload_type=${codecs[codec].payloadType}:ssrc=${ssrc}]`;
}
