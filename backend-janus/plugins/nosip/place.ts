import { PluginError } from '#janus/gateway';
import {
  NegotiationError,
  type LatchMode,
  type MediaDescription,
  type PlainLine,
  type PlainRtp,
  type PlainRtpFactory,
} from '#janus/media';
import { BridgeLine, type LineSurroundings } from './bridge-line.ts';
import { noSipErrors } from './nosip-request.ts';

/** One m-line of the plain side, which keeps its place as long as the call lasts (RFC 3264 section 8). */
export class Place implements Disposable {
  readonly mediaType: string;
  /** Of the browser's m-line; undefined until there is one. */
  mid: string | undefined;
  #line: BridgeLine | undefined;
  #isDisposed = false;

  constructor(mediaType: string, mid?: string) {
    this.mediaType = mediaType;
    this.mid = mid;
  }

  /** Undefined where nothing is carried. */
  get line(): BridgeLine | undefined {
    return this.#line;
  }

  /** The leg of this place, opened if there is none. Rejects with PluginError 448 if no port is free, or it is disposed. */
  async open(
    kind: 'audio' | 'video',
    latch: LatchMode,
    plainRtp: PlainRtpFactory,
    surroundings: LineSurroundings,
  ): Promise<PlainRtp> {
    if (this.#line !== undefined) return this.#line.leg;
    const leg = await openLeg(kind, latch, plainRtp);
    if (this.#isDisposed) {
      await leg[Symbol.asyncDispose]();
      throw new PluginError(noSipErrors.wrongState, 'The call was hung up');
    }
    this.#line = new BridgeLine(surroundings, leg);
    return leg;
  }

  /** Nothing is carried here any more. */
  release(): void {
    this.#line?.[Symbol.dispose]();
    this.#line = undefined;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.release();
  }
}

/** An m-line with port 0, which repeats what was offered. */
export function rejected({ mediaType, protocol, formats }: MediaDescription): PlainLine {
  return { ...blank, mediaType, protocol, offeredFormat: formats[0] ?? '0' };
}

/** An m-line of ours that was there and is no more. */
export function removed({ mediaType }: Place): PlainLine {
  return { ...blank, mediaType, protocol: 'RTP/AVP', offeredFormat: '0' };
}

const blank = {
  port: 0,
  mid: undefined,
  direction: 'inactive',
  codecs: [],
  cryptos: [],
  isRtcpMux: false,
} as const;

async function openLeg(
  kind: 'audio' | 'video',
  latch: LatchMode,
  plainRtp: PlainRtpFactory,
): Promise<PlainRtp> {
  try {
    return await plainRtp.open({ kind, latch });
  } catch (cause) {
    if (!(cause instanceof NegotiationError)) throw cause;
    throw new PluginError(noSipErrors.ioError, cause.message, { cause });
  }
}
