import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../../../../backend-janus/webrtc/dtls/certificate.ts';
import { ClientHandshake } from '../../../../../backend-janus/webrtc/dtls/handshake/client-handshake.ts';
import {
  contentType,
  messageBytes,
  PeerRefused,
  type HandshakeMessage,
  type Said,
} from '../../../../../backend-janus/webrtc/dtls/handshake/message.ts';
import { ServerHandshake } from '../../../../../backend-janus/webrtc/dtls/handshake/server-handshake.ts';

const certificate = makeCertificate(0);
const fingerprints = [certificate.fingerprint];

/** What stands between the sides: gets the messages of a flight, and the number of the flight from 0. */
type Between = (flight: readonly HandshakeMessage[], index: number) => readonly HandshakeMessage[];

/** Messages of the four flights: hello, the server's, the client's, and the server's Finished. */
const flightSizes = [1, 5, 4, 1];

/** RFC 5246 section 7.4.1.4, RFC 7627, RFC 5764, RFC 8422: numbers of extensions. */
const extension = { groups: 10, srtp: 14, extendedMasterSecret: 23 } as const;

/** How a handshake ended: both sides are done, one has refused it, or it got stuck. Rethrows what a parser throws. */
function play(between: Between = (flight) => flight): 'connected' | 'refused' | 'stuck' {
  const client = new ClientHandshake(certificate, fingerprints);
  const server = new ServerHandshake(certificate, fingerprints);
  let said: readonly Said[] = client.begin();
  try {
    for (let index = 0; said.length > 0; index += 1) {
      const to = index % 2 === 0 ? server : client;
      const flight = said.filter((one) => one.contentType === contentType.handshake);
      const heard = between(
        flight.map(({ content, isProtected }) => message(content, isProtected)),
        index,
      );
      said = heard.flatMap((one) => to.take(one));
    }
  } catch (cause) {
    if (cause instanceof PeerRefused) return 'refused';
    throw cause;
  }
  return client.outcome !== undefined && server.outcome !== undefined ? 'connected' : 'stuck';
}

function message(bytes: Buffer, isProtected: boolean): HandshakeMessage {
  return { type: bytes.readUInt8(0), bytes, body: bytes.subarray(12), isProtected };
}

/** Changes one body on its way. */
function changing(flight: number, place: number, change: (body: Buffer) => Buffer): Between {
  return (messages, index) =>
    messages.map((one, at) => {
      if (index !== flight || at !== place) return one;
      const bytes = messageBytes(one.type, one.bytes.readUInt16BE(4), change(one.body));
      return message(bytes, one.isProtected);
    });
}

/** Calls `visit` with each message of a handshake, as its flight and its place in it. */
function forEachMessage(visit: (flight: number, place: number) => void): void {
  for (const [flight, size] of flightSizes.entries())
    for (let place = 0; place < size; place += 1) visit(flight, place);
}

/** True unless both sides believed it; a parser may throw what it likes. */
function fails(between: Between): boolean {
  try {
    return play(between) !== 'connected';
  } catch {
    // The association takes whatever is thrown for the end of the handshake.
    return true;
  }
}

/** Changes the extensions of a ClientHello; what `change` gives undefined for is left out. */
function changingHello(change: (type: number, data: Buffer) => Buffer | undefined): Between {
  return changing(0, 0, (body) => {
    let at = 34;
    at += 1 + body.readUInt8(at);
    at += 1 + body.readUInt8(at);
    at += 2 + body.readUInt16BE(at);
    at += 1 + body.readUInt8(at);
    const kept: Buffer[] = [];
    for (let next = at + 2; next < body.length; next += 4 + body.readUInt16BE(next + 2)) {
      const end = next + 4 + body.readUInt16BE(next + 2);
      const data = change(body.readUInt16BE(next), body.subarray(next + 4, end));
      if (data !== undefined) kept.push(body.subarray(next, next + 2), sized(data));
    }
    return Buffer.concat([body.subarray(0, at), sized(Buffer.concat(kept))]);
  });
}

/** With its length in two bytes before it. */
function sized(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);
}

test('an honest handshake connects', () => {
  assert.equal(play(), 'connected');
  assert.equal(play(changingHello((_, data) => data)), 'connected');
});

test('a message that comes twice is refused, whichever it is', () => {
  forEachMessage((flight, place) => {
    const twice: Between = (messages, index) =>
      index === flight ? messages.flatMap((one, at) => (at === place ? [one, one] : [one])) : messages;

    assert.equal(play(twice), 'refused', `${flight}.${place}`);
  });
});

test('without one of its messages a handshake never ends well', () => {
  forEachMessage((flight, place) => {
    const without: Between = (messages, index) =>
      index === flight ? messages.filter((_, at) => at !== place) : messages;

    assert.ok(fails(without), `${flight}.${place}`);
  });
});

test('messages in another order are refused, whichever two are exchanged', () => {
  for (const flight of [1, 2]) {
    for (let place = 1; place < (flightSizes[flight] ?? 0); place += 1) {
      const exchanged: Between = (messages, index) => {
        if (index !== flight) return messages;
        const [first, second] = messages.slice(place - 1, place + 1);
        return first && second ? messages.with(place - 1, second).with(place, first) : messages;
      };

      assert.ok(fails(exchanged), `${flight}.${place}`);
    }
  }
});

test('a changed byte anywhere in any message is noticed', () => {
  const lengths = new Map<string, number>();
  play((messages, index) => {
    for (const [place, { body }] of messages.entries()) lengths.set(`${index}.${place}`, body.length);
    return messages;
  });
  forEachMessage((flight, place) => {
    for (let at = 0; at < (lengths.get(`${flight}.${place}`) ?? 0); at += 3) {
      const flipped = changing(flight, place, (body) => {
        const copy = Buffer.from(body);
        copy.writeUInt8(copy.readUInt8(at) ^ 0x55, at);
        return copy;
      });

      assert.ok(fails(flipped), `byte ${at} of ${flight}.${place}`);
    }
  });
});

test('a message that is cut short or too long is noticed, whichever it is', () => {
  forEachMessage((flight, place) => {
    for (const cut of [1, 2, 5, 20])
      assert.ok(
        fails(
          changing(flight, place, (body) => (body.length === 0 ? Buffer.alloc(cut) : body.subarray(0, -cut))),
        ),
        `${flight}.${place} by ${cut}`,
      );
    assert.ok(fails(changing(flight, place, (body) => Buffer.concat([body, Buffer.alloc(1)]))));
  });
});

test('without the extended master secret there is no connection', () => {
  const without = changingHello((type, data) => (type === extension.extendedMasterSecret ? undefined : data));

  assert.equal(play(without), 'refused');
});

test('without an SRTP profile in common there is no connection', () => {
  assert.equal(play(changingHello((type, data) => (type === extension.srtp ? undefined : data))), 'refused');
  // AES_CM_128_HMAC_SHA1_32, which we do not have.
  const other = Buffer.from([0, 2, 0, 2, 0]);
  assert.ok(fails(changingHello((type, data) => (type === extension.srtp ? other : data))));
});

test('a key that makes no secret is refused: of small order, off the curve, of another length', () => {
  const replacing = (key: Buffer): Between =>
    changing(2, 1, () => Buffer.concat([Buffer.from([key.length]), key]));
  for (const key of [
    Buffer.alloc(32),
    Buffer.alloc(32).fill(1, 0, 1),
    Buffer.alloc(31, 9),
    Buffer.alloc(65, 4),
  ])
    assert.ok(fails(replacing(key)));
});

test('a server may ask for a cookie, once', () => {
  const client = new ClientHandshake(certificate, fingerprints);
  const request = message(messageBytes(3, 0, Buffer.from([0xfe, 0xff, 4, 1, 2, 3, 4])), false);
  const first = client.begin()[0]?.content ?? Buffer.alloc(0);

  const again = client.take(request)[0]?.content ?? Buffer.alloc(0);

  assert.equal(again.readUInt8(0), 1);
  assert.equal(again.readUInt16BE(4), 1);
  assert.ok(again.includes(Buffer.from([4, 1, 2, 3, 4])));
  assert.deepEqual(again.subarray(12, 47), first.subarray(12, 47));
  assert.throws(() => client.take(request), PeerRefused);
});

test('a cookie that is cut short is refused', () => {
  for (const body of [[], [0xfe, 0xff], [0xfe, 0xff, 4, 1, 2, 3], [0xfe, 0xff, 0, 1]]) {
    const client = new ClientHandshake(certificate, fingerprints);
    client.begin();
    assert.throws(() => client.take(message(messageBytes(3, 0, Buffer.from(body)), false)), PeerRefused);
  }
});
