import { NegotiationError } from '../negotiation-error.ts';

/**
 * What one description may hold. Browsers with thirty streams stay below; a parser that is fed more becomes an
 * attack. Candidates and header extensions count per m-line, since browsers repeat both in every one.
 */
export const sdpLimits = {
  bytes: 65_536,
  lines: 2_000,
  /** In UTF-16 units. */
  lineLength: 4_096,
  mediaLines: 64,
  candidates: 64,
  ssrcLines: 512,
  extensions: 32,
} as const;

/** One line without its end: `type` is the letter before the equals sign; `number` counts from 1. */
export interface SdpLine {
  readonly number: number;
  readonly type: string;
  readonly value: string;
}

/**
 * Splits a description into lines in one pass that stops at the first limit passed. Lines end with CRLF or LF.
 *
 * Throws NegotiationError, which names the limit or the line.
 */
export function readLines(text: string): readonly SdpLine[] {
  if (text.length > sdpLimits.bytes || Buffer.byteLength(text) > sdpLimits.bytes) {
    throw new NegotiationError(`SDP is longer than ${sdpLimits.bytes} bytes`);
  }
  const counts = new Counts();
  const lines: SdpLine[] = [];
  let number = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const next = found === -1 ? text.length : found;
    const end = next > start && text[next - 1] === '\r' ? next - 1 : next;
    number += 1;
    if (number > sdpLimits.lines) throw new NegotiationError(`SDP has more than ${sdpLimits.lines} lines`);
    if (end > start) lines.push(counts.add(lineAt(text.slice(start, end), number)));
    start = next + 1;
  }
  return lines;
}

/** Refuses a line, naming it. */
export function badLine(line: SdpLine, problem: string): NegotiationError {
  return new NegotiationError(`SDP line ${line.number}: ${problem}`);
}

function lineAt(text: string, number: number): SdpLine {
  const line = { number, type: text.slice(0, 1), value: text.slice(2) };
  if (text.length > sdpLimits.lineLength) {
    throw badLine(line, `longer than ${sdpLimits.lineLength} characters`);
  }
  if (!/^[a-z]=/.test(text)) throw badLine(line, 'a letter and an equals sign were expected');
  // RFC 8866 section 9: they may stand in no line.
  if (text.includes('\0') || text.includes('\r')) throw badLine(line, 'a control character');
  return line;
}

/** What has been seen of everything that may repeat. */
class Counts {
  #media = 0;
  #ssrcLines = 0;
  #candidates = 0;
  #extensions = 0;

  add(line: SdpLine): SdpLine {
    if (line.type === 'm') this.#openMedia();
    else if (line.type === 'a') this.#addAttribute(line.value);
    return line;
  }

  #openMedia(): void {
    this.#media = within(this.#media + 1, sdpLimits.mediaLines, 'm-lines');
    this.#candidates = 0;
    this.#extensions = 0;
  }

  #addAttribute(value: string): void {
    if (value.startsWith('candidate:')) {
      this.#candidates = within(this.#candidates + 1, sdpLimits.candidates, 'candidates in one m-line');
    } else if (value.startsWith('ssrc:')) {
      this.#ssrcLines = within(this.#ssrcLines + 1, sdpLimits.ssrcLines, 'ssrc lines');
    } else if (value.startsWith('extmap:')) {
      const what = 'header extensions in one m-line';
      this.#extensions = within(this.#extensions + 1, sdpLimits.extensions, what);
    }
  }
}

function within(count: number, most: number, what: string): number {
  if (count > most) throw new NegotiationError(`SDP has more than ${most} ${what}`);
  return count;
}
