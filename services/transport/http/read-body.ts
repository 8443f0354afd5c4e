import type { Readable } from 'node:stream';
import { mostRequestBytes } from '../decode.ts';

/** Of a body that is too large, what is still read, so that its sender sees the reply and not a broken pipe. */
const mostSkippedBytes = 64 * 1024 * 1024;

/** Reads a whole body, keeping at most 1 MiB. Rejects with BodyLost if its sender goes away, or sends over 64 MiB. */
export async function readBody(stream: Readable): Promise<Buffer | 'too_large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of untilLost(stream)) {
    size += chunk.length;
    if (size <= mostRequestBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (size > mostSkippedBytes) throw new BodyLost('the body does not end');
  }
  return size > mostRequestBytes ? 'too_large' : Buffer.concat(chunks);
}

async function* untilLost(stream: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of stream) {
      if (chunk instanceof Buffer) yield chunk;
    }
  } catch (cause) {
    throw new BodyLost('the body broke off', { cause });
  }
}

/** A body that was not received; its sender is to blame. */
class BodyLost extends Error {
  override readonly name = 'BodyLost';
  readonly statusCode = 400;
}
