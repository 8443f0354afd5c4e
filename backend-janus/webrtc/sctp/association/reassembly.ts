import type { DataChunk } from './wire/packet-format.ts';
import { isAfter16, isAfter32, next16, plus32 } from './wire/serial-number.ts';

/** A whole message of one stream. */
export interface InboundMessage {
  readonly stream: number;
  readonly protocol: number;
  readonly bytes: Buffer;
}

/** What one held fragment or message costs beside its bytes. */
const heldOverheadBytes = 256;

interface Fragment extends DataChunk {
  next: Fragment | undefined;
}

/** Fragments of one message without a gap between them. */
interface Run {
  readonly first: Fragment;
  last: Fragment;
  bytes: number;
  fragments: number;
}

/** The ordered messages of one stream: those that are whole wait for the ones before them. */
interface Order {
  next: number;
  readonly waiting: Map<number, InboundMessage>;
}

/**
 * Makes messages of fragments that come in any order, but each only once (RFC 9260 section 6.9). Joining a fragment
 * to its neighbours takes the same time however many are held.
 */
export class Reassembly {
  readonly #mostBytes: number;
  readonly #deliver: (message: InboundMessage) => void;
  /** Runs by the number of their first and of their last fragment. */
  readonly #byFirst = new Map<number, Run>();
  readonly #byLast = new Map<number, Run>();
  /** By stream. */
  readonly #orders = new Map<number, Order>();
  #held = 0;

  /** `mostBytes` is the largest message that may be put together. */
  constructor(mostBytes: number, deliver: (message: InboundMessage) => void) {
    this.#mostBytes = mostBytes;
    this.#deliver = deliver;
  }

  /** What is held costs so many bytes. */
  get held(): number {
    return this.#held;
  }

  /** Takes a fragment that did not come before; copies its bytes. False if no honest sender makes such a fragment. */
  add(chunk: DataChunk): boolean {
    // A first fragment behind an unfinished message: the sender has given that one up, and will say so.
    const left = chunk.isFirst ? undefined : unfinished(this.#byLast.get(plus32(chunk.tsn, -1)));
    const right = unbegun(this.#byFirst.get(plus32(chunk.tsn, 1)));
    if (left !== undefined && !continues(left.last, chunk)) return false;
    if (right !== undefined && !continues(chunk, right.first)) return false;
    let run = this.#hold(chunk);
    if (left !== undefined) run = this.#join(left, run);
    if (right !== undefined) run = this.#join(run, right);
    if (run.bytes > this.#mostBytes) return false;
    if (run.first.isFirst && run.last.isLast) this.#complete(run);
    return true;
  }

  /** Forgets what can no longer become whole: fragments up to `tsn` that are not here will not come. */
  skipTo(tsn: number): void {
    for (const run of [...this.#byFirst.values()]) if (!isAfter32(run.first.tsn, tsn)) this.#release(run);
  }

  /** Messages of the stream up to `streamSequence` that are not here will not come (RFC 3758 section 3.6). */
  skipMessages(stream: number, streamSequence: number): void {
    const order = this.#order(stream);
    if (isAfter16(order.next, streamSequence)) return;
    const passed = [...order.waiting.keys()].filter((sequence) => !isAfter16(sequence, streamSequence));
    passed.sort((left, right) => (isAfter16(left, right) ? 1 : -1));
    for (const sequence of passed) this.#handOver(order, sequence);
    order.next = next16(streamSequence);
    this.#handOverNext(order);
  }

  /** These streams begin again with sequence number 0 (RFC 6525 section 5.2.2); none stands for all. */
  restart(streams: readonly number[]): void {
    for (const stream of streams.length > 0 ? streams : [...this.#orders.keys()]) {
      for (const { bytes } of this.#orders.get(stream)?.waiting.values() ?? [])
        this.#held -= cost(1, bytes.length);
      this.#orders.delete(stream);
    }
  }

  #hold(chunk: DataChunk): Run {
    const fragment: Fragment = { ...chunk, bytes: Buffer.from(chunk.bytes), next: undefined };
    const run = { first: fragment, last: fragment, bytes: fragment.bytes.length, fragments: 1 };
    this.#held += cost(1, run.bytes);
    this.#byFirst.set(chunk.tsn, run);
    this.#byLast.set(chunk.tsn, run);
    return run;
  }

  #join(left: Run, right: Run): Run {
    this.#byLast.delete(left.last.tsn);
    this.#byFirst.delete(right.first.tsn);
    left.last.next = right.first;
    left.last = right.last;
    left.bytes += right.bytes;
    left.fragments += right.fragments;
    this.#byLast.set(left.last.tsn, left);
    return left;
  }

  #release(run: Run): void {
    this.#byFirst.delete(run.first.tsn);
    this.#byLast.delete(run.last.tsn);
    this.#held -= cost(run.fragments, run.bytes);
  }

  #complete(run: Run): void {
    this.#release(run);
    const { stream, protocol, isUnordered, streamSequence } = run.first;
    const message = { stream, protocol, bytes: bytesOf(run) };
    if (isUnordered) return this.#deliver(message);
    const order = this.#order(stream);
    // One that is older than its stream has got to was skipped, or is a lie.
    if (isAfter16(order.next, streamSequence) || order.waiting.has(streamSequence)) return;
    order.waiting.set(streamSequence, message);
    this.#held += cost(1, message.bytes.length);
    this.#handOverNext(order);
  }

  #order(stream: number): Order {
    const known = this.#orders.get(stream);
    if (known !== undefined) return known;
    const order = { next: 0, waiting: new Map<number, InboundMessage>() };
    this.#orders.set(stream, order);
    return order;
  }

  #handOverNext(order: Order): void {
    while (this.#handOver(order, order.next)) order.next = next16(order.next);
  }

  #handOver(order: Order, streamSequence: number): boolean {
    const message = order.waiting.get(streamSequence);
    if (message === undefined) return false;
    order.waiting.delete(streamSequence);
    this.#held -= cost(1, message.bytes.length);
    this.#deliver(message);
    return true;
  }
}

function unfinished(run: Run | undefined): Run | undefined {
  return run?.last.isLast === true ? undefined : run;
}

function unbegun(run: Run | undefined): Run | undefined {
  return run?.first.isFirst === true ? undefined : run;
}

/** Whether fragments with no gap between them are of one message. */
function continues(left: DataChunk, right: DataChunk): boolean {
  return (
    !left.isLast &&
    left.stream === right.stream &&
    left.isUnordered === right.isUnordered &&
    (left.isUnordered || left.streamSequence === right.streamSequence)
  );
}

function bytesOf(run: Run): Buffer {
  if (run.fragments === 1) return run.first.bytes;
  const parts: Buffer[] = [];
  for (let at: Fragment | undefined = run.first; at !== undefined; at = at.next) parts.push(at.bytes);
  return Buffer.concat(parts, run.bytes);
}

function cost(pieces: number, bytes: number): number {
  return bytes + pieces * heldOverheadBytes;
}
