import { createHmac } from 'node:crypto';
import type { Random } from '#services/kernel';
import type { IceCredentials } from '../../../../backend-janus/webrtc/ice/credentials.ts';
import { printCheck } from '../../checking-peer.ts';
import { below, mutated, oneOf } from './byte-mutator.ts';

/** A damaged check of a stranger: its password is wrong, and then its bytes. */
export function strangersStun(random: Random, server: IceCredentials, ufrag: string): Buffer {
  const useCandidate = below(random, 2) === 0;
  return mutated(
    random,
    printCheck({ ...server, password: 'a/wrong/password/of/24ch' }, ufrag, { useCandidate }),
  );
}

/** Attributes that agents know, and some that nobody knows (RFC 8489 section 18.3, RFC 8445 section 20.1). */
const attributes = [0x0006, 0x0009, 0x000a, 0x0020, 0x0024, 0x0025, 0x8022, 0x8029, 0x802a, 0x7abc, 0xc057];

/** A check of the peer itself with senseless attributes, signed with the right password in spite of them. */
export function peersStun(random: Random, server: IceCredentials, ufrag: string): Buffer {
  if (below(random, 3) === 0) return mutated(random, printCheck(server, ufrag));
  const parts = [attribute(0x0006, Buffer.from(`${server.ufrag}:${ufrag}`))];
  for (let count = below(random, 40); count > 0; count -= 1)
    parts.push(attribute(oneOf(random, attributes), random.bytes(below(random, 24))));
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(oneOf(random, [0x0001, 0x0001, 0x0001, 0x0011, 0x0101, 0x0111, 0x0003]), 0);
  head.writeUInt16BE(body.length + 24, 2);
  head.writeUInt32BE(0x2112a442, 4);
  head.set(random.bytes(12), 8);
  const signed = Buffer.concat([head, body]);
  const integrity = createHmac('sha1', server.password).update(signed).digest();
  return Buffer.concat([signed, attribute(0x0008, integrity)]);
}

function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}
