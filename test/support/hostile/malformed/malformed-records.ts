import type { Random } from '#services/kernel';
import { printRecord, recordType } from '../hostile-dtls.ts';
import { strangersHello } from '../forged-datagrams.ts';
import { below, mutated, oneOf } from './byte-mutator.ts';

/** A handshake message or a piece of one that claims whatever it likes (RFC 6347 section 4.2.2). */
function handshake(random: Random): Buffer {
  const body = random.bytes(below(random, 300));
  const head = Buffer.alloc(12);
  const length = oneOf(random, [body.length, body.length, 0, 0xffffff, 16_384, below(random, 70_000)]);
  head.writeUInt8(oneOf(random, [1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 99]), 0);
  head.writeUIntBE(length, 1, 3);
  head.writeUInt16BE(below(random, 80), 4);
  head.writeUIntBE(oneOf(random, [0, 0, 1, body.length, 0xffffff, 16_000]), 6, 3);
  head.writeUIntBE(oneOf(random, [body.length, body.length, 0, length]), 9, 3);
  return Buffer.concat([head, body]);
}

/** A damaged datagram of DTLS; `seeds` are real ones. */
export function malformedRecord(random: Random, seeds: readonly Buffer[]): Buffer {
  const way = below(random, 4);
  if (way === 0 && seeds.length > 0) return mutated(random, oneOf(random, seeds));
  if (way === 1)
    return mutated(
      random,
      strangersHello((size) => Buffer.from(random.bytes(size))),
    );
  const type = oneOf(random, [...Object.values(recordType), recordType.handshake, recordType.handshake]);
  const epoch = oneOf(random, [0, 0, 1, 2, 0xffff]);
  const content = type === recordType.handshake ? handshake(random) : random.bytes(below(random, 60));
  const record = printRecord(type, epoch, random.uint32(), content);
  return way === 2 ? record : mutated(random, record);
}
