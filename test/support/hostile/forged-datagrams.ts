import { SeededRandom } from '../seeded-random.ts';
import { printCheck } from '../checking-peer.ts';
import { audioPacket, senderReport } from './media-packets.ts';
import { printRecord, recordType } from './hostile-dtls.ts';
import type { HostilePeer } from './hostile-peer.ts';
import { streams } from './hostile-offer.ts';

/** What somebody without keys can send. */
export interface ForgedDatagram {
  readonly name: string;
  readonly kind: 'stun' | 'dtls' | 'media' | 'other';
  readonly bytes: Buffer;
}

const mostBytes = 1500;

/** Everything that somebody can make up who has seen the offer, the answer and the datagrams of `peer` go by. */
export function forgedDatagrams(peer: HostilePeer): readonly ForgedDatagram[] {
  const random = new SeededRandom(5);
  const bytes = (size: number): Buffer => Buffer.from(random.bytes(size));
  return [...stun(peer), ...dtls(bytes), ...media(bytes), ...other(bytes)];
}

function stun({ serverCredentials, ufrag }: HostilePeer): ForgedDatagram[] {
  const wrong = { password: 'not/the/password/of/anybody' };
  const honest = printCheck(serverCredentials, ufrag, wrong);
  const unsigned = honest.subarray(0, honest.length - 32);
  unsigned.writeUInt16BE(unsigned.length - 20, 2);
  const typed = (type: number): Buffer => {
    const copy = Buffer.from(honest);
    copy.writeUInt16BE(type, 0);
    return copy;
  };
  const nominating = printCheck(serverCredentials, ufrag, { ...wrong, useCandidate: true });
  const all: Readonly<Record<string, Buffer>> = {
    'a check without integrity': unsigned,
    'a check with a wrong password': printCheck(serverCredentials, ufrag, wrong),
    'a nomination with a wrong password': nominating,
    'a nomination as the controlled side': printCheck(serverCredentials, ufrag, { ...wrong, controlled: 1n }),
    'a check for somebody else': printCheck({ ...serverCredentials, ufrag: 'nobody' }, ufrag),
    'a check from somebody else': printCheck(serverCredentials, 'else'),
    'a success response': typed(0x0101),
    'an error response': typed(0x0111),
    'an indication': typed(0x0011),
    'a request of TURN': typed(0x0003),
    'half a nomination': nominating.subarray(0, 36),
    'a header alone': nominating.subarray(0, 20),
  };
  return listOf('stun', all);
}

const contents: Readonly<Record<string, readonly number[]>> = {
  nothing: [],
  close_notify: [1, 0],
  'fatal handshake_failure': [2, 40],
  change_cipher_spec: [1],
  'an empty hello': [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  'a server hello': [2, 0, 0, 4, 0, 1, 0, 0, 0, 0, 0, 4, 0xfe, 0xfd, 0, 0],
  'a hello verify request': [3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0xfe, 0xff, 0],
  'a finished': [20, 0, 0, 12, 0, 6, 0, 0, 0, 0, 0, 12, ...Array.from({ length: 12 }, () => 7)],
  'a fragment of 16 MB': [11, 0xff, 0xff, 0xff, 0, 1, 0xff, 0, 0, 0, 0, 1, 9],
};

/** RFC 9147 names 26 for ACK, RFC 9146 names 25; 24 is a heartbeat, 63 nothing. */
const types = [...Object.values(recordType), 24, 25, 26, 63];

function dtls(bytes: (size: number) => Buffer): ForgedDatagram[] {
  const all: Record<string, Buffer> = {};
  for (const type of types)
    for (const epoch of [0, 1, 0xffff])
      for (const [name, content] of Object.entries(contents))
        all[`record ${type}, epoch ${epoch}, ${name}`] = printRecord(
          type,
          epoch,
          1_000_000,
          Buffer.from(content),
        );
  for (const type of types)
    all[`record ${type}, epoch 1, as if protected`] = printRecord(type, 1, 2, bytes(40));
  all['a hello of a stranger'] = strangersHello(bytes);
  all['an alert behind a hello'] = Buffer.concat([
    strangersHello(bytes),
    printRecord(21, 0, 1, Buffer.from([2, 0])),
  ]);
  all['a record that claims more'] = printRecord(22, 0, 0, bytes(30)).subarray(0, 30);
  all['a record of 1,500 bytes'] = printRecord(23, 1, 9, bytes(mostBytes - 13));
  all['half a record header'] = printRecord(22, 0, 0, Buffer.alloc(0)).subarray(0, 7);
  return listOf('dtls', all);
}

/** A ClientHello with one cipher suite and no extensions (RFC 5246 section 7.4.1.2, RFC 6347 section 4.2.1). */
export function strangersHello(bytes: (size: number) => Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    bytes(32),
    Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]),
  ]);
  const head = Buffer.alloc(12);
  head.writeUInt8(1, 0);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUIntBE(body.length, 9, 3);
  return printRecord(recordType.handshake, 0, 0, Buffer.concat([head, body]));
}

function media(bytes: (size: number) => Buffer): ForgedDatagram[] {
  const bye = Buffer.from([0x81, 203, 0, 1, 0, 0, 0, 0]);
  bye.writeUInt32BE(streams.audio.ssrc, 4);
  const lying = Buffer.from([0x9f, 111, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0xe9, 0xbe, 0xde, 0xff, 0xff]);
  const all: Readonly<Record<string, Buffer>> = {
    'RTP in clear': audioPacket(30_000),
    'RTP with a forged tag': Buffer.concat([audioPacket(30_001), bytes(16)]),
    'RTP of an unknown stream': Buffer.concat([Buffer.from([0x80, 96, 0, 1]), bytes(40)]),
    'RTP whose header claims more': lying,
    'RTP of 12 bytes': audioPacket(30_002).subarray(0, 12),
    'RTP of 1,500 bytes': Buffer.concat([audioPacket(30_003).subarray(0, 12), bytes(mostBytes - 12)]),
    'a report in clear': senderReport(1),
    'a report with a forged trailer': Buffer.concat([
      senderReport(2),
      bytes(16),
      Buffer.from([0x80, 0, 0, 9]),
    ]),
    'a goodbye in clear': bye,
    'a goodbye with a forged trailer': Buffer.concat([bye, bytes(16), Buffer.from([0x80, 0, 0, 9])]),
    'RTCP of 4 bytes': bye.subarray(0, 4),
  };
  return listOf('media', all);
}

function other(bytes: (size: number) => Buffer): ForgedDatagram[] {
  const abort = Buffer.from([0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 4]);
  const all: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'an abort of SCTP': abort,
    'an abort of SCTP in a record': printRecord(recordType.applicationData, 1, 77, abort),
    '1,501 bytes': Buffer.alloc(mostBytes + 1, 22),
    '9,000 bytes': Buffer.alloc(9_000, 0x80),
  };
  for (const first of [0, 1, 3, 4, 15, 16, 19, 20, 22, 23, 63, 64, 79, 80, 127, 128, 144, 191, 192, 255]) {
    all[`one byte, ${first}`] = Buffer.from([first]);
    all[`100 bytes after ${first}`] = Buffer.concat([Buffer.from([first]), bytes(99)]);
    all[`1,500 bytes after ${first}`] = Buffer.concat([Buffer.from([first]), bytes(mostBytes - 1)]);
  }
  return listOf('other', all);
}

function listOf(kind: ForgedDatagram['kind'], all: Readonly<Record<string, Buffer>>): ForgedDatagram[] {
  return Object.entries(all).map(([name, bytes]) => ({ name, kind, bytes }));
}
