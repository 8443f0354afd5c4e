import { faults, parseLine, type ControlLine, type Operation, type Publication } from './operations.ts';

/** Limits of a ProtocolParser, in bytes. */
export interface ProtocolLimits {
  readonly mostLineBytes: number;
  readonly mostPayloadBytes: number;
}

/** What the next bytes are part of. */
type State =
  | { readonly name: 'line' }
  | { readonly name: 'payload'; readonly head: Publication; readonly bytes: number; readonly buffer: Buffer }
  | { readonly name: 'faulty' };

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** CR and LF after a payload. */
const lineEndBytes = 2;

/**
 * Reads what a client of a NATS server sends, however it is cut into chunks.
 *
 * Time and memory are linear in what arrives: a line and a payload are each kept once, up to their limits. After a
 * fault everything is ignored.
 * @see https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export class ProtocolParser {
  readonly #limits: ProtocolLimits;
  /** Bytes of a line or a payload that is not complete yet. */
  readonly #line: Buffer;
  #filled = 0;
  #state: State = { name: 'line' };

  constructor(limits: ProtocolLimits) {
    this.#limits = limits;
    this.#line = Buffer.allocUnsafe(limits.mostLineBytes);
  }

  /** Takes the next bytes and returns the operations that they complete. */
  feed(chunk: Buffer): Operation[] {
    const operations: Operation[] = [];
    let rest = chunk;
    while (rest.length > 0 && this.#state.name !== 'faulty') {
      const before = this.#state;
      const { operation, taken } =
        before.name === 'payload' ? this.#takePayload(before, rest) : this.#takeLine(rest);
      if (operation?.op === 'fault') this.#state = { name: 'faulty' };
      if (operation !== undefined) operations.push(operation);
      rest = rest.subarray(taken);
    }
    return operations;
  }

  #takeLine(chunk: Buffer): Step {
    const end = chunk.indexOf(lineFeed);
    const taken = end === -1 ? chunk.length : end + 1;
    if (this.#filled + taken > this.#limits.mostLineBytes) return faulty(taken, faults.controlLine);
    chunk.copy(this.#line, this.#filled, 0, taken);
    this.#filled += taken;
    if (end === -1) return { operation: undefined, taken };
    const isCrLf = this.#line[this.#filled - lineEndBytes] === carriageReturn;
    const text = this.#line.toString('utf8', 0, this.#filled - (isCrLf ? lineEndBytes : 1));
    this.#filled = 0;
    return { operation: this.#begin(parseLine(text)), taken };
  }

  /** An operation, unless a payload has to come first. */
  #begin(line: ControlLine): Operation | undefined {
    if (line.op !== 'expect') return line;
    const { head, bytes } = line;
    if (bytes > this.#limits.mostPayloadBytes) return { op: 'fault', text: faults.payload };
    this.#state = { name: 'payload', head, bytes, buffer: Buffer.allocUnsafe(bytes + lineEndBytes) };
    return undefined;
  }

  #takePayload({ head, bytes, buffer }: State & { name: 'payload' }, chunk: Buffer): Step {
    const taken = Math.min(chunk.length, buffer.length - this.#filled);
    chunk.copy(buffer, this.#filled, 0, taken);
    this.#filled += taken;
    if (this.#filled < buffer.length) return { operation: undefined, taken };
    this.#filled = 0;
    if (buffer[bytes] !== carriageReturn || buffer[bytes + 1] !== lineFeed)
      return faulty(taken, faults.parser);
    this.#state = { name: 'line' };
    return { operation: { op: 'publish', head, payload: buffer.subarray(0, bytes) }, taken };
  }
}

/** How far one step of the parser came. */
interface Step {
  readonly operation: Operation | undefined;
  readonly taken: number;
}

function faulty(taken: number, text: string): Step {
  return { operation: { op: 'fault', text }, taken };
}
