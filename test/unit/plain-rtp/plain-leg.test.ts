import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseRtcp,
  writePli,
  writeReceiverReport,
  writeSenderReport,
  type PlainRtp,
  type RtcpBlock,
  type SrtpKeys,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { agreementWith } from '../../contract/plain-rtp.ts';
import { PlainRtpWorld, type VirtualPhone } from '../../support/plain-world.ts';
import { rtpBytes, rtpPacket } from '../../support/rtp-stream.ts';

const keys: SrtpKeys = {
  profile: 'AES_CM_128_HMAC_SHA1_80',
  masterKey: Buffer.alloc(16, 1),
  masterSalt: Buffer.alloc(14, 2),
};
const media = { payloadType: 0, ssrc: 7 };

function told(packets: readonly Buffer[]): readonly RtcpBlock[] {
  return packets.flatMap((packet) => parseRtcp(packet) ?? assert.fail('malformed RTCP'));
}

function say(leg: PlainRtp, sequenceNumber: number): void {
  const { bytes } = rtpPacket({ payloadType: 0, ssrc: leg.sender.parameters.ssrc, sequenceNumber });
  leg.sender.send(bytes, 12, bytes, 12);
}

async function call(
  world: PlainRtpWorld,
  change: Parameters<typeof agreementWith>[1] = {},
): Promise<{ leg: PlainRtp; phone: VirtualPhone }> {
  const leg = await world.factory.open({ kind: 'audio', latch: 'port' });
  const phone = await world.peer('near');
  leg.agreed(agreementWith(phone.address, change));
  return { leg, phone };
}

test('a leg reports what it sends and hears, and says goodbye', async () => {
  await using world = new PlainRtpWorld();
  const { leg, phone } = await call(world);

  for (const sequenceNumber of [1, 2, 4]) {
    say(leg, sequenceNumber);
    phone.send(leg, rtpBytes({ ...media, sequenceNumber }));
  }
  await world.run(3000);
  const [report] = told(phone.receivedRtcp);
  await leg[Symbol.asyncDispose]();
  await world.run(20);

  assert.ok(report?.type === 'sender_report');
  assert.deepEqual([report.sender, report.packets], [leg.sender.parameters.ssrc, 3]);
  assert.deepEqual([report.reports[0]?.ssrc, report.reports[0]?.cumulativeLost], [7, 1]);
  assert.deepEqual(told(phone.receivedRtcp).at(-1), { type: 'bye', ssrcs: [leg.sender.parameters.ssrc] });
  assert.equal(world.network.bound, 4 - 1);
});

test('a leg tells what its peer reports, and how much goes both ways', async () => {
  await using world = new PlainRtpWorld();
  const { leg, phone } = await call(world);
  const { ssrc } = leg.sender.parameters;
  const heard = { ssrc, fractionLost: 0, cumulativeLost: 3, highestSequence: 9, jitter: 80 };
  const out = Buffer.alloc(64);
  const report = { ...heard, lastReport: 0, delaySinceLastReport: 0 };

  for (let sequenceNumber = 1; sequenceNumber <= 200; sequenceNumber += 1) {
    say(leg, sequenceNumber);
    phone.send(leg, rtpBytes({ ...media, sequenceNumber, payload: [1, 2, 3] }));
    await world.run(100);
    // The first report has been sent.
    if (sequenceNumber === 30) assert.ok(leg.stats().streams.every(({ bitsPerSecond }) => bitsPerSecond > 0));
  }
  phone.sendRtcp(leg, out.subarray(0, writeReceiverReport(out, 0, 7, [report])));
  await world.run(20);

  const told = leg.stats().streams;
  assert.deepEqual(
    told.map(({ codec, packets, packetsLost, jitterMs }) => [codec, packets, packetsLost, jitterMs]),
    [
      ['PCMU', 200, 0, told[0]?.jitterMs],
      ['PCMU', 200, 3, 10],
    ],
  );
  assert.equal(told[0]?.bytes, 600);
  // Ten packets in a second.
  for (const { bytes, bitsPerSecond } of told) assert.ok(Math.abs(bitsPerSecond - (bytes / 200) * 80) < 20);
  await leg[Symbol.asyncDispose]();
});

test('with rtcp-mux the reports go to the RTP port', async () => {
  await using world = new PlainRtpWorld();
  const { phone } = await call(world, { isRtcpMux: true });

  await world.run(3000);

  assert.deepEqual(
    told(phone.received).map(({ type }) => type),
    ['receiver_report'],
  );
  assert.equal(phone.receivedRtcp.length, 0);
});

test('a keyframe is asked for as the peer said it understands it, or not at all', async () => {
  await using world = new PlainRtpWorld();
  const asked: string[] = [];

  for (const feedback of [
    { nack: false, pli: true, fir: true },
    { nack: false, pli: false, fir: true },
    { nack: false, pli: false, fir: false },
  ]) {
    const { leg, phone } = await call(world, { feedback });
    phone.send(leg, rtpBytes(media));
    await world.run(20);
    leg.requestKeyframe();
    await world.run(20);
    asked.push(
      told(phone.receivedRtcp)
        .map(({ type }) => type)
        .join(),
    );
  }

  assert.deepEqual(asked, ['receiver_report,pli', 'receiver_report,fir', '']);
});

test('a keyframe that the peer asks for is passed on only if that was negotiated, and seldom', async () => {
  await using world = new PlainRtpWorld();
  const heard: number[] = [];

  for (const pli of [true, false]) {
    const { leg, phone } = await call(world, { feedback: { nack: false, pli, fir: false } });
    let count = 0;
    leg.sender.onFeedback(() => (count += 1));
    const out = Buffer.alloc(64);
    const request = out.subarray(0, writePli(out, 0, 7, leg.sender.parameters.ssrc));
    for (let sent = 0; sent < 20; sent += 1) phone.sendRtcp(leg, request);
    await world.run(20);
    heard.push(count);
  }

  assert.deepEqual(heard, [4, 0]);
});

test('a peer of video that is heard for the first time gets a keyframe, and again where it moves to', async () => {
  await using world = new PlainRtpWorld();
  const leg = await world.factory.open({ kind: 'video', latch: 'off' });
  const [phone, other, stranger] = [
    await world.peer('near'),
    await world.peer('near'),
    await world.peer('far'),
  ];
  let count = 0;
  leg.sender.onFeedback(({ type }) => (count += type === 'keyframe' ? 1 : 0));
  leg.agreed(agreementWith(phone.address));
  const out = Buffer.alloc(64);
  const report = out.subarray(0, writeReceiverReport(out, 0, 7, []));
  const counts: number[] = [];
  const hear = async (peer: VirtualPhone): Promise<void> => {
    peer.sendRtcp(leg, report);
    peer.send(leg, rtpBytes(media));
    await world.run(20);
    counts.push(count);
  };

  await hear(stranger);
  await hear(phone);
  await hear(phone);
  leg.agreed(agreementWith(phone.address));
  await hear(phone);
  leg.agreed(agreementWith(other.address));
  await hear(phone);
  await hear(other);

  assert.deepEqual(counts, [0, 1, 1, 1, 1, 2]);
});

test('a peer of video that cannot ask for keyframes gets one with every report, about every 5 s', async () => {
  await using world = new PlainRtpWorld();
  const counts: number[] = [];

  for (const [kind, pli, sends] of [
    ['video', false, true],
    ['video', true, true],
    ['video', false, false],
    ['audio', false, true],
  ] as const) {
    const leg = await world.factory.open({ kind, latch: 'port' });
    const phone = await world.peer('near');
    let count = 0;
    leg.sender.onFeedback(({ type }) => (count += type === 'keyframe' ? 1 : 0));
    leg.agreed(agreementWith(phone.address, { sends, feedback: { nack: false, pli, fir: false } }));
    await world.run(30_000);
    counts.push(count);
  }

  const [first = 0, ...others] = counts;
  assert.ok(first >= 4 && first <= 12, String(first));
  assert.deepEqual(others, [0, 0, 0]);
});

test('RTCP of a stranger is dropped, and from another port it is taken for the stream that is heard alone', async () => {
  await using world = new PlainRtpWorld();
  const { leg, phone } = await call(world);
  const [other, stranger] = [await world.peer('near'), await world.peer('far')];
  const report = (ssrc: number): Buffer => {
    const out = Buffer.alloc(64);
    const state = { ssrc, wallTimeMs: 1000, rtpTimestamp: 0, packets: 1, octets: 1 };
    return out.subarray(0, writeSenderReport(out, 0, state));
  };
  phone.send(leg, rtpBytes(media));
  await world.run(20);

  stranger.sendRtcp(leg, report(7));
  other.sendRtcp(leg, report(8));
  await world.run(20);
  const refused = leg.stats().refused.stranger;
  other.sendRtcp(leg, report(7));
  await world.run(20);

  assert.deepEqual([refused, leg.stats().refused.stranger], [2, 2]);
});

test('with keys only what they protect is heard, and teaches an address', async () => {
  await using world = new PlainRtpWorld();
  const { leg } = await call(world, { keys: { inbound: keys, outbound: keys } });
  const [forger, phone] = [await world.peer('near'), await world.peer('near')];
  const out = Buffer.alloc(100);
  const packet = rtpBytes(media);
  const bytes = srtpContexts.outbound(keys).protectRtp(packet, 12, packet, 12, out);

  forger.send(leg, rtpBytes({ ...media, payload: [...Buffer.alloc(40)] }));
  await world.run(20);
  const afterForgery = leg.stats();
  phone.send(leg, out.subarray(0, bytes));
  await world.run(20);

  assert.deepEqual([afterForgery.isLatched, afterForgery.refused.unauthentic], [false, 1]);
  assert.deepEqual(leg.stats().remote, phone.address);
  assert.equal(leg.stats().packetsReceived, 1);
});

test('what is sent with keys is protected, and the same keys again go on', async () => {
  await using world = new PlainRtpWorld();
  const agreement = { keys: { inbound: keys, outbound: keys } };
  const { leg, phone } = await call(world, agreement);

  say(leg, 1);
  await world.run(20);
  leg.agreed(agreementWith(phone.address, agreement));
  say(leg, 1);
  say(leg, 2);
  await world.run(20);

  const inbound = srtpContexts.inbound(keys);
  assert.deepEqual(
    phone.received.map((packet) => inbound.unprotectRtp(packet)),
    [13, 13],
  );
});

test('a flood from the peer is cut, and a range without a free pair is an error', async () => {
  await using world = new PlainRtpWorld({ first: 20_001, last: 20_003 });
  const { leg, phone } = await call(world);

  for (let sequenceNumber = 0; sequenceNumber < 2100; sequenceNumber += 1)
    phone.send(leg, rtpBytes({ ...media, sequenceNumber }));
  await world.run(20);

  assert.ok(leg.stats().refused.rate >= 80);
  await assert.rejects(world.factory.open({ kind: 'audio', latch: 'off' }), /no pair of ports is free/);
});
