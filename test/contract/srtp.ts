import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { refusal, type SrtpContextFactory, type SrtpKeys, type SrtpProfile } from '#janus/media';
import { protectRtp, rtcpPacket, rtpPacket, srtpKeys } from '../support/srtp-packets.ts';

/** The rules of the SRTP port, for every implementation, once per profile. */
export function srtpContract(name: string, contexts: SrtpContextFactory): void {
  for (const profile of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const) {
    describe(`${name} with ${profile}`, () => {
      for (const rules of [
        roundTrips,
        joins,
        replays,
        strangers,
        mutations,
        garbage,
        rollovers,
        counters,
        bounds,
      ]) {
        rules(contexts, profile);
      }
    });
  }
}

function roundTrips(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('what one side protects the other reads', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1400 }),
        fc.nat(15),
        fc.option(fc.nat(20)),
        (media, csrcs, words) => {
          const { outbound, inbound } = pair(contexts, srtpKeys(profile));
          const packet = rtpPacket({ payload: media, csrcs, extensionWords: words ?? undefined });

          const sealed = protectRtp(outbound, packet);
          const length = inbound.unprotectRtp(sealed);

          assert.deepEqual(sealed.subarray(0, length), packet);
        },
      ),
    );
  });

  test('the header stays readable and the payload does not', () => {
    const { outbound } = pair(contexts, srtpKeys(profile));
    const packet = rtpPacket({ payload: Buffer.alloc(100, 7), extensionWords: 2 });

    const sealed = protectRtp(outbound, packet);

    assert.deepEqual(sealed.subarray(0, 24), packet.subarray(0, 24));
    assert.equal(sealed.includes(Buffer.alloc(8, 7)), false);
  });
}

function joins(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('head and packet are joined where the caller says', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const packet = rtpPacket({ payload: Buffer.from('shared payload'), extensionWords: 1 });
    const head = Buffer.concat([
      rtpPacket({ payload: Buffer.from('own '), sequenceNumber: 9 }),
      Buffer.alloc(5),
    ]);
    const out = Buffer.alloc(200);

    const bytes = outbound.protectRtp(head, 16, packet, 20, out);
    const length = inbound.unprotectRtp(out.subarray(0, bytes));

    assert.equal(out.toString('latin1', 12, length), 'own shared payload');
  });

  test('RTCP goes round, with an index that counts up', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (body) => {
        const { outbound, inbound } = pair(contexts, srtpKeys(profile));
        const out = Buffer.alloc(1300);
        for (let count = 0; count < 3; count += 1) {
          const packet = rtcpPacket(body);
          const sealed = out.subarray(0, outbound.protectRtcp(packet, out));

          assert.deepEqual(sealed.subarray(0, inbound.unprotectRtcp(sealed)), packet);
        }
      }),
    );
  });
}

function replays(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('a replayed packet is refused and left as it is', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = protectRtp(outbound, rtpPacket({ sequenceNumber: 5 }));
    inbound.unprotectRtp(Buffer.from(sealed));
    const replay = Buffer.from(sealed);

    assert.equal(inbound.unprotectRtp(replay), refusal.replayed);
    assert.deepEqual(replay, sealed);
  });

  test('a replayed RTCP packet is refused, also after others', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = Array.from({ length: 200 }, () => sealRtcp(outbound, rtcpPacket()));
    for (const packet of sealed) assert.ok(inbound.unprotectRtcp(Buffer.from(packet)) > 0);

    for (const packet of sealed) assert.equal(inbound.unprotectRtcp(packet), refusal.replayed);
  });

  test('packets out of order are read once each, within 128 and not beyond', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = Array.from({ length: 200 }, (_, at) =>
      protectRtp(outbound, rtpPacket({ sequenceNumber: at })),
    );
    const receive = (at: number): number => inbound.unprotectRtp(Buffer.from(sealed[at] ?? ''));

    assert.ok(receive(199) > 0);
    for (let at = 198; at > 71; at -= 1) assert.ok(receive(at) > 0, `${at}`);
    for (let at = 0; at < 200; at += 1) assert.equal(receive(at), refusal.replayed, `${at}`);
  });
}

function strangers(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('a sequence number is protected once', () => {
    const { outbound } = pair(contexts, srtpKeys(profile));
    const out = Buffer.alloc(200, 0xee);
    protectRtp(outbound, rtpPacket({ sequenceNumber: 7, payload: Buffer.from('one') }));
    const other = rtpPacket({ sequenceNumber: 7, payload: Buffer.from('two') });

    assert.equal(outbound.protectRtp(other, 12, other, 12, out), refusal.replayed);
    assert.deepEqual(out, Buffer.alloc(200, 0xee));
  });

  test('keys of another connection open nothing', () => {
    const { outbound } = pair(contexts, srtpKeys(profile, 1));
    const { inbound } = pair(contexts, srtpKeys(profile, 2));

    assert.equal(inbound.unprotectRtp(protectRtp(outbound, rtpPacket())), refusal.unauthentic);
    assert.equal(inbound.unprotectRtcp(sealRtcp(outbound, rtcpPacket())), refusal.unauthentic);
  });

  test('RTCP whose E flag is cleared is refused', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = sealRtcp(outbound, rtcpPacket());
    const word = sealed.length - (profile === 'AEAD_AES_128_GCM' ? 4 : 14);
    sealed.writeUInt8(sealed.readUInt8(word) & 0x7f, word);

    assert.equal(inbound.unprotectRtcp(sealed), refusal.unauthentic);
  });
}

function mutations(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('a packet with any bit changed is refused, left as it is, and takes no place in the window', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = protectRtp(
      outbound,
      rtpPacket({ payload: Buffer.from('media'), csrcs: 1, extensionWords: 1 }),
    );

    for (const forged of mutants(sealed)) {
      const before = Buffer.from(forged);
      assert.ok(inbound.unprotectRtp(forged) < 0);
      assert.deepEqual(forged, before);
    }

    assert.ok(inbound.unprotectRtp(sealed) > 0);
  });

  test('an RTCP packet with any bit changed is refused, left as it is, and takes no place in the window', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const sealed = sealRtcp(outbound, rtcpPacket());

    for (const forged of mutants(sealed)) {
      const before = Buffer.from(forged);
      assert.ok(inbound.unprotectRtcp(forged) < 0);
      assert.deepEqual(forged, before);
    }

    assert.ok(inbound.unprotectRtcp(sealed) > 0);
  });
}

function garbage(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('a packet cut anywhere is refused, never thrown', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const rtp = protectRtp(outbound, rtpPacket({ csrcs: 15, extensionWords: 3 }));
    const rtcp = sealRtcp(outbound, rtcpPacket());

    for (let length = 0; length < rtp.length; length += 1) {
      assert.ok(inbound.unprotectRtp(Buffer.from(rtp.subarray(0, length))) < 0);
    }
    for (let length = 0; length < rtcp.length; length += 1) {
      assert.ok(inbound.unprotectRtcp(Buffer.from(rtcp.subarray(0, length))) < 0);
    }
  });

  test('any bytes are refused, never thrown', () => {
    const { inbound } = pair(contexts, srtpKeys(profile));

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(inbound.unprotectRtp(Buffer.from(bytes)) < 0);
        assert.ok(inbound.unprotectRtcp(Buffer.from(bytes)) < 0);
      }),
    );
  });
}

function rollovers(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('the sequence number wraps, and packets from before the wrap still count after it', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const numbers = [0xfffd, 0xfffe, 0xffff, 0, 1, 2];
    const sealed = new Map(
      numbers.map((sequenceNumber) => [sequenceNumber, protectRtp(outbound, rtpPacket({ sequenceNumber }))]),
    );
    const receive = (number: number): number => inbound.unprotectRtp(Buffer.from(sealed.get(number) ?? ''));

    const arrivals = [0xfffd, 0, 0xffff, 2, 0xfffe, 1].map((number) => receive(number) > 0);

    assert.deepEqual(arrivals, [true, true, true, true, true, true]);
    for (const number of numbers) assert.equal(receive(number), refusal.replayed);
  });

  test('a replay from one turn ago is refused', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const old = protectRtp(outbound, rtpPacket({ sequenceNumber: 100 }));
    for (const sequenceNumber of [20_000, 40_000, 60_000, 99]) {
      inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ sequenceNumber })));
    }

    assert.equal(inbound.unprotectRtp(old), refusal.unauthentic);
    assert.ok(inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ sequenceNumber: 100 }))) > 0);
  });
}

function counters(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('a forged packet far ahead does not move the rollover counter', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ sequenceNumber: 0xfff0 })));
    const next = protectRtp(outbound, rtpPacket({ sequenceNumber: 0xfff1 }));
    const forged = Buffer.from(next);
    forged.writeUInt16BE(5, 2);

    assert.equal(inbound.unprotectRtp(forged), refusal.unauthentic);
    assert.ok(inbound.unprotectRtp(next) > 0);
  });

  test('each SSRC has its own count', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    const send = (ssrc: number, sequenceNumber: number): number =>
      inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ ssrc, sequenceNumber })));

    assert.ok(send(1, 0xffff) > 0);
    assert.ok(send(0xffffffff, 0xffff) > 0);
    assert.ok(send(1, 0) > 0);
    assert.ok(send(0xffffffff, 3) > 0);
    assert.ok(send(1, 1) > 0);
  });
}

function bounds(contexts: SrtpContextFactory, profile: SrtpProfile): void {
  test('256 SSRCs have room, and forged ones take none of it', () => {
    const { outbound, inbound } = pair(contexts, srtpKeys(profile));
    for (let ssrc = 0; ssrc < 300; ssrc += 1) {
      const forged = protectRtp(outbound, rtpPacket({ ssrc }));
      forged.writeUInt8(forged.readUInt8(20) ^ 1, 20);
      assert.equal(inbound.unprotectRtp(forged), refusal.unauthentic);
    }
    const send = (ssrc: number): number =>
      inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ ssrc, sequenceNumber: 2 })));

    for (let ssrc = 0; ssrc < 256; ssrc += 1) assert.ok(send(ssrc) > 0);
    assert.equal(send(256), refusal.tooManySsrcs);
    assert.ok(inbound.unprotectRtp(protectRtp(outbound, rtpPacket({ ssrc: 0, sequenceNumber: 3 }))) > 0);
  });

  test('a buffer without room for the overhead is left alone', () => {
    const { outbound } = pair(contexts, srtpKeys(profile));
    const packet = rtpPacket();
    const tight = Buffer.alloc(packet.length + outbound.overhead - 1);

    assert.equal(outbound.protectRtp(packet, 12, packet, 12, tight), refusal.malformed);
    assert.equal(outbound.protectRtcp(rtcpPacket(), Buffer.alloc(10)), refusal.malformed);
    assert.ok(outbound.protectRtp(packet, 12, packet, 12, Buffer.alloc(tight.length + 1)) > 0);
  });

  test('keys and salts of another size are refused', () => {
    const { masterKey, masterSalt } = srtpKeys(profile);

    assert.throws(
      () => contexts.inbound({ profile, masterKey, masterSalt: masterSalt.subarray(1) }),
      RangeError,
    );
    assert.throws(
      () => contexts.outbound({ profile, masterKey: masterKey.subarray(1), masterSalt }),
      RangeError,
    );
  });
}

type Contexts = {
  readonly outbound: ReturnType<SrtpContextFactory['outbound']>;
  readonly inbound: ReturnType<SrtpContextFactory['inbound']>;
};

function pair(contexts: SrtpContextFactory, keys: SrtpKeys): Contexts {
  return { outbound: contexts.outbound(keys), inbound: contexts.inbound(keys) };
}

function sealRtcp(outbound: Contexts['outbound'], packet: Buffer): Buffer {
  const out = Buffer.alloc(packet.length + outbound.overhead);
  return out.subarray(0, outbound.protectRtcp(packet, out));
}

/** Copies of `bytes`, each with one bit changed. */
function* mutants(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    yield copy;
  }
}
