import { chunkType, readParameters, writeChunk, writeParameter } from './wire/packet-format.ts';
import { isAfter32, plus32 } from './wire/serial-number.ts';

/** Parameters of a RE-CONFIG chunk (RFC 6525 section 4). */
const outgoingReset = 13;
const resetResponse = 16;

/** Results of a request (RFC 6525 section 4.4). */
const result = { performed: 1, denied: 2, badNumber: 5, inProgress: 6 } as const;

/** Request, response and last transmission sequence number come before the streams. */
const resetHeadBytes = 12;

/** RFC 6525 section 3.1: parameters in one chunk. */
const mostParameters = 2;

/** Streams that one request names. */
const mostStreams = 256;

/** What resets need of the association around them. */
export interface ResetSurroundings {
  /** The number of the last chunk we sent. */
  lastSent(): number;
  /** The number up to which all the peer's chunks have arrived. */
  cumulative(): number;
  /** The peer has closed its direction of streams; none stands for all of them. */
  onPeerReset(streams: readonly number[]): void;
  /** The peer has begun our direction of streams anew. */
  onOwnReset(streams: readonly number[]): void;
}

/** Closing streams of an association in either direction (RFC 6525), one request at a time. */
export class StreamResets {
  readonly #around: ResetSurroundings;
  readonly #waiting = new Set<number>();
  #request: { readonly number: number; readonly streams: readonly number[] } | undefined;
  #nextRequest: number;
  #expected: number;
  #lastResult: number = result.performed;
  #failures = 0;
  #deadline = Infinity;

  /** Requests are numbered from the first transmission sequence numbers of both sides on. */
  constructor(around: ResetSurroundings, firstOwn: number, firstPeer: number) {
    this.#around = around;
    this.#nextRequest = firstOwn;
    this.#expected = firstPeer;
  }

  /** When `request` is to be called again; Infinity while no answer is awaited. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Requests in a row that nobody answered. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether our direction of the stream is being closed. */
  isClosing(stream: number): boolean {
    return this.#waiting.has(stream) || this.#request?.streams.includes(stream) === true;
  }

  /** Asks to begin our direction of a stream anew. */
  close(stream: number): void {
    this.#waiting.add(stream);
  }

  /** The chunk that asks for what waits, or asks again; undefined if nothing is to be asked now. */
  request(isReady: (stream: number) => boolean, now: number, timeoutMs: number): Buffer | undefined {
    if (this.#request === undefined) {
      const streams = [...this.#waiting].filter(isReady).slice(0, mostStreams);
      if (streams.length === 0) return undefined;
      for (const stream of streams) this.#waiting.delete(stream);
      this.#request = { number: this.#takeNumber(), streams };
    } else if (now < this.#deadline) return undefined;
    else this.#failures += 1;
    this.#deadline = now + timeoutMs;
    return this.#write(this.#request);
  }

  /** Takes a RE-CONFIG chunk whose lengths are checked; the chunks to answer with. */
  receive(chunk: Buffer): readonly Buffer[] {
    const replies: Buffer[] = [];
    readParameters(chunk, 4, (type, value) => {
      if (type === resetResponse) this.#takeResponse(value);
      else if (value.length >= 4 && replies.length < mostParameters) replies.push(this.#answer(type, value));
    });
    return replies;
  }

  #takeNumber(): number {
    const number = this.#nextRequest;
    this.#nextRequest = plus32(number, 1);
    return number;
  }

  #write({ number, streams }: { readonly number: number; readonly streams: readonly number[] }): Buffer {
    const value = Buffer.alloc(resetHeadBytes + 2 * streams.length);
    value.writeUInt32BE(number, 0);
    value.writeUInt32BE(plus32(this.#expected, -1), 4);
    value.writeUInt32BE(this.#around.lastSent(), 8);
    for (const [index, stream] of streams.entries()) value.writeUInt16BE(stream, resetHeadBytes + 2 * index);
    return writeChunk(chunkType.reconfig, writeParameter(outgoingReset, value));
  }

  #takeResponse(value: Buffer): void {
    if (value.length < 8 || value.readUInt32BE(0) !== this.#request?.number) return;
    const { streams } = this.#request;
    // It waits for chunks on their way: ask again, under a new number, when the time is over.
    if (value.readUInt32BE(4) === result.inProgress) {
      this.#request = { number: this.#takeNumber(), streams };
      this.#failures = 0;
      return;
    }
    this.#request = undefined;
    this.#failures = 0;
    this.#deadline = Infinity;
    this.#around.onOwnReset(streams);
  }

  #answer(type: number, value: Buffer): Buffer {
    const number = value.readUInt32BE(0);
    const isRepeated = number === plus32(this.#expected, -1);
    if (isRepeated ? this.#lastResult === result.inProgress : number === this.#expected) {
      this.#lastResult = this.#perform(type, value);
      this.#expected = plus32(number, 1);
      return response(number, this.#lastResult);
    }
    return response(number, isRepeated ? this.#lastResult : result.badNumber);
  }

  #perform(type: number, value: Buffer): number {
    if (type !== outgoingReset || value.length < resetHeadBytes) return result.denied;
    if (isAfter32(value.readUInt32BE(8), this.#around.cumulative())) return result.inProgress;
    const streams: number[] = [];
    for (let at = resetHeadBytes; at + 2 <= value.length; at += 2) streams.push(value.readUInt16BE(at));
    this.#around.onPeerReset(streams);
    return result.performed;
  }
}

function response(number: number, outcome: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeUInt32BE(number, 0);
  value.writeUInt32BE(outcome, 4);
  return writeChunk(chunkType.reconfig, writeParameter(resetResponse, value));
}
