import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Encoding, LatchMode, PlainAgreement, PlainRtp, PlainRtpFactory, RtpSink } from '#janus/media';
import type { TransportAddress } from '#services/kernel';
import { rtpBytes, rtpPacket } from '../support/rtp-stream.ts';

/** A plain peer at an address of its own. */
export interface PlainFarEnd {
  readonly address: TransportAddress;
  /** What it got so far over RTP. */
  readonly received: readonly Buffer[];
  send(leg: PlainRtp, bytes: Buffer): void;
}

/** What the suite needs of one run. */
export interface PlainWorld extends AsyncDisposable {
  readonly factory: PlainRtpFactory;
  /** The hosts `near` and `far` have different addresses; every peer has a port of its own. */
  peer(host: 'near' | 'far'): Promise<PlainFarEnd>;
  /** Lets time pass, and datagrams travel. */
  run(ms: number): Promise<void>;
}

/** The rules of the PlainRtp port, for every implementation. */
export function plainRtpContract(name: string, open: () => PlainWorld): void {
  describe(name, () => {
    for (const rules of [places, before, media, latching, learning, notLearning, streams, sending])
      rules(open);
  });
}

/** PCMU with the peer at `remote`. */
export function agreementWith(
  remote: TransportAddress,
  change: Partial<PlainAgreement> = {},
): PlainAgreement {
  return {
    remote,
    remoteRtcp: { ...remote, port: remote.port + 1 },
    isRtcpMux: false,
    sends: true,
    receives: true,
    receive: new Map([[0, { encodingName: 'PCMU', clockRate: 8000 }]]),
    send: new Map([['PCMU', { media: 0 }]]),
    clockRate: 8000,
    feedback: { nack: false, pli: false, fir: false },
    ...change,
  };
}

/** Opens a leg, and keeps the marks of the packets that arrive there by SSRC. */
async function listening(
  world: PlainWorld,
  latch: LatchMode = 'port',
): Promise<{ leg: PlainRtp; heard: string[] }> {
  const leg = await world.factory.open({ kind: 'audio', latch });
  const heard: string[] = [];
  const open = ({ ssrc }: Encoding): RtpSink => {
    heard.push(`stream ${ssrc}`);
    return {
      write: (packet) => void heard.push(packet.payload.toString('latin1')),
      senderReport: () => undefined,
    };
  };
  leg.receive(open);
  return { leg, heard };
}

let numbers = 0;

function pcmu(mark: string, change: { readonly ssrc?: number; readonly payloadType?: number } = {}): Buffer {
  numbers += 1;
  return rtpBytes({ payloadType: 0, sequenceNumber: numbers, payload: [...Buffer.from(mark)], ...change });
}

function say(leg: PlainRtp, mark: string): void {
  const packet = rtpPacket({
    payloadType: 0,
    ssrc: leg.sender.parameters.ssrc,
    payload: [...Buffer.from(mark)],
  });
  leg.sender.send(packet.bytes, 12, packet.bytes, 12);
}

function marks({ received }: PlainFarEnd): readonly string[] {
  return received.map((bytes) => bytes.subarray(12).toString('latin1'));
}

function places(open: () => PlainWorld): void {
  test('a leg has an even port, and no two have the same', async () => {
    await using world = open();

    const legs = await Promise.all([1, 2, 3].map(() => world.factory.open({ kind: 'audio', latch: 'port' })));

    const ports = legs.map(({ local }) => local.port);
    assert.ok(ports.every((port) => port > 0 && port % 2 === 0));
    assert.equal(new Set(ports).size, 3);
    for (const leg of legs) await leg[Symbol.asyncDispose]();
  });
}

function before(open: () => PlainWorld): void {
  test('nothing is sent or heard before there is an agreement', async () => {
    await using world = open();
    const { leg, heard } = await listening(world);
    const peer = await world.peer('near');

    peer.send(leg, pcmu('early'));
    say(leg, 'early');
    await world.run(20);

    assert.deepEqual([heard, peer.received, leg.stats().refused.early], [[], [], 1]);
    await leg[Symbol.asyncDispose]();
  });

  test('nothing is sent after a leg was disposed', async () => {
    await using world = open();
    const { leg } = await listening(world);
    const peer = await world.peer('near');
    leg.agreed(agreementWith(peer.address));

    await leg[Symbol.asyncDispose]();
    await leg[Symbol.asyncDispose]();
    say(leg, 'late');
    await world.run(20);

    assert.deepEqual(marks(peer), []);
  });
}

function media(open: () => PlainWorld): void {
  test('media goes both ways between the leg and the announced address', async () => {
    await using world = open();
    const { leg, heard } = await listening(world);
    const peer = await world.peer('near');
    leg.agreed(agreementWith(peer.address));

    peer.send(leg, pcmu('hello', { ssrc: 7 }));
    say(leg, 'hi');
    await world.run(20);

    assert.deepEqual(heard, ['stream 7', 'hello']);
    assert.deepEqual(marks(peer), ['hi']);
    assert.equal(leg.stats().packetsReceived, 1);
    assert.deepEqual(
      leg
        .stats()
        .streams.map(({ direction, ssrc, codec, packets, bytes }) => [
          direction,
          ssrc,
          codec,
          packets,
          bytes,
        ]),
      [
        ['in', 7, 'PCMU', 1, 5],
        ['out', leg.sender.parameters.ssrc, 'PCMU', 1, 2],
      ],
    );
    await leg[Symbol.asyncDispose]();
  });

  test('a payload type that was not negotiated is dropped', async () => {
    await using world = open();
    const { leg, heard } = await listening(world);
    const peer = await world.peer('near');
    leg.agreed(agreementWith(peer.address));

    peer.send(leg, pcmu('noise', { payloadType: 99 }));
    await world.run(20);

    assert.deepEqual([heard, leg.stats().refused.unknown_stream], [[], 1]);
    await leg[Symbol.asyncDispose]();
  });
}

function latching(open: () => PlainWorld): void {
  const cases: readonly (readonly [LatchMode, 'near' | 'far', boolean])[] = [
    ['off', 'near', false],
    ['port', 'near', true],
    ['port', 'far', false],
    ['address', 'far', true],
  ];
  for (const [latch, host, isLearned] of cases)
    test(`latch ${latch}: a packet from ${host === 'near' ? 'another port' : 'another address'} is ${isLearned ? 'followed' : 'a stranger'}`, async () => {
      await using world = open();
      const { leg, heard } = await listening(world, latch);
      const [announced, real] = [await world.peer('near'), await world.peer(host)];
      leg.agreed(agreementWith(announced.address));

      real.send(leg, pcmu('here'));
      await world.run(20);
      say(leg, 'there');
      await world.run(20);

      assert.deepEqual(heard.includes('here'), isLearned);
      assert.deepEqual(marks(isLearned ? real : announced), ['there']);
      assert.equal(leg.stats().isLatched, isLearned);
      await leg[Symbol.asyncDispose]();
    });
}

function learning(open: () => PlainWorld): void {
  test('an address is learned once: whoever comes second is a stranger', async () => {
    await using world = open();
    const { leg, heard } = await listening(world, 'address');
    const [announced, first, second] = [
      await world.peer('near'),
      await world.peer('far'),
      await world.peer('far'),
    ];
    leg.agreed(agreementWith(announced.address));

    first.send(leg, pcmu('first'));
    await world.run(20);
    second.send(leg, pcmu('second'));
    announced.send(leg, pcmu('announced'));
    await world.run(20);

    assert.deepEqual(heard.slice(1), ['first']);
    assert.equal(leg.stats().refused.stranger, 2);
    await leg[Symbol.asyncDispose]();
  });

  test('the announced address that was heard is kept', async () => {
    await using world = open();
    const { leg, heard } = await listening(world, 'address');
    const [announced, other] = [await world.peer('near'), await world.peer('far')];
    leg.agreed(agreementWith(announced.address));

    announced.send(leg, pcmu('announced'));
    await world.run(20);
    other.send(leg, pcmu('other'));
    await world.run(20);

    assert.deepEqual(heard.slice(1), ['announced']);
    await leg[Symbol.asyncDispose]();
  });
}

function notLearning(open: () => PlainWorld): void {
  test('nothing is learned from a payload type that was not negotiated, or from what is no RTP', async () => {
    await using world = open();
    const { leg } = await listening(world, 'address');
    const [announced, other] = [await world.peer('near'), await world.peer('far')];
    leg.agreed(agreementWith(announced.address));

    other.send(leg, pcmu('noise', { payloadType: 99 }));
    other.send(leg, Buffer.from('no RTP at all'));
    await world.run(20);

    assert.equal(leg.stats().isLatched, false);
    await leg[Symbol.asyncDispose]();
  });

  test('a second after the signalling nothing is learned, until another address is announced', async () => {
    await using world = open();
    const { leg } = await listening(world, 'address');
    const [announced, moved, other] = [
      await world.peer('near'),
      await world.peer('near'),
      await world.peer('far'),
    ];
    const learned: boolean[] = [];
    const sendAndLook = async (): Promise<void> => {
      other.send(leg, pcmu('other'));
      await world.run(20);
      learned.push(leg.stats().isLatched);
    };

    leg.agreed(agreementWith(announced.address));
    await world.run(1100);
    await sendAndLook();
    leg.agreed(agreementWith(announced.address));
    await sendAndLook();
    leg.agreed(agreementWith(moved.address));
    await sendAndLook();

    assert.deepEqual(learned, [false, false, true]);
    await leg[Symbol.asyncDispose]();
  });
}

function streams(open: () => PlainWorld): void {
  test('another SSRC is another stream', async () => {
    await using world = open();
    const { leg, heard } = await listening(world);
    const peer = await world.peer('near');
    leg.agreed(agreementWith(peer.address));

    peer.send(leg, pcmu('voice', { ssrc: 1 }));
    peer.send(leg, pcmu('music', { ssrc: 2 }));
    await world.run(20);

    assert.deepEqual(heard, ['stream 1', 'voice', 'stream 2', 'music']);
    await leg[Symbol.asyncDispose]();
  });

  test('while it may not come, nothing is heard', async () => {
    await using world = open();
    const { leg, heard } = await listening(world);
    const peer = await world.peer('near');
    leg.agreed(agreementWith(peer.address, { receives: false }));

    peer.send(leg, pcmu('hello'));
    await world.run(20);

    assert.deepEqual(heard, []);
    await leg[Symbol.asyncDispose]();
  });
}

function sending(open: () => PlainWorld): void {
  test('while a peer is on hold nothing is sent to it, and the SSRC stays', async () => {
    await using world = open();
    const { leg } = await listening(world);
    const peer = await world.peer('near');
    const { ssrc } = leg.sender.parameters;

    leg.agreed(agreementWith(peer.address));
    say(leg, 'before');
    await world.run(20);
    leg.agreed(agreementWith(peer.address, { sends: false }));
    say(leg, 'held');
    await world.run(20);
    leg.agreed(agreementWith(peer.address));
    say(leg, 'after');
    await world.run(20);

    assert.deepEqual(marks(peer), ['before', 'after']);
    assert.equal(leg.sender.parameters.ssrc, ssrc);
    await leg[Symbol.asyncDispose]();
  });

  test('the sender has the payload types that were agreed last', async () => {
    await using world = open();
    const { leg } = await listening(world);
    const peer = await world.peer('near');

    leg.agreed(agreementWith(peer.address, { send: new Map([['opus', { media: 111 }]]) }));

    assert.deepEqual([...leg.sender.parameters.payloadTypes], [['opus', { media: 111 }]]);
    await leg[Symbol.asyncDispose]();
  });
}
