import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Scope } from '#services/kernel';
import { rtpBytes } from '../../support/rtp-stream.ts';
import { toneWindows } from '../../support/tone.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { freePairs } from '../support/free-port.ts';
import { NatsCaller } from '../support/nats-caller.ts';
import { PlainPhone, portsIn } from '../support/plain-phone.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { ffmpegAddress, listen } from './ffmpeg-listener.ts';
import { narrowed, openCall, plainSdp } from './plain-call.ts';
import { codecs, RtpSource } from './rtp-source.ts';
import { Stranger } from './stranger.ts';

const options = { timeout: 120_000 };

let folder = '';
let scope: Scope;
let caller: NatsCaller;

before(async () => {
  scope = new Scope();
  folder = await mkdtemp(join(tmpdir(), 'bifrons-rtp-'));
  const { ports } = scope.own(await BrokerProcess.start({ BIFRONS_MEDIA_ADDRESS: '127.0.0.1' }));
  caller = scope.own(await NatsCaller.connect(ports['nats'] ?? 0));
});

after(async () => {
  await scope[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function hears(peer: WrtcPeer, hz: number): Promise<void> {
  await eventually('the browser hears something', 20_000, () => peer.loudness > 1000);
  await eventually(`the browser hears ${hz} Hz`, 20_000, async () => {
    peer.hush();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return Math.abs(peer.toneHz - hz) < 15;
  });
}

async function packetsOf(peer: WrtcPeer): Promise<number> {
  const counts = (await peer.stats('inbound-rtp')).map((entry) => Number(entry['packetsReceived']));
  return counts.reduce((sum, one) => sum + one, 0);
}

async function audioPackets(peer: WrtcPeer): Promise<number> {
  const entries = await peer.stats('inbound-rtp');
  return Number(entries.find(({ kind }) => kind === 'audio')?.['packetsReceived'] ?? 0);
}

/** Of silence, from an SSRC of nobody. */
function silence(payloadType: number): readonly Buffer[] {
  return [rtpBytes({ payloadType, ssrc: 0x666, payload: [...Buffer.alloc(160, 0xff)] })];
}

test('a browser calls a phone by the commands of the broker, and both hear the other', options, async () => {
  using peer = new WrtcPeer();
  using phone = await PlainPhone.open();

  const call = await openCall(caller, { sdp: await peer.wholeOffer() }, { sdp_type: 'rtp' });
  const [port = 0] = portsIn(call.offer);
  const rejected = 'm=video 0 RTP/AVP 96\r\n';
  await peer.accept(await call.answer(phone.describe() + rejected, 'rtp'));
  phone.sing(880, port);

  assert.doesNotMatch(call.offer, /application|candidate|fingerprint|rtx/);
  await hears(peer, 880);
  await eventually('the phone hears 440 Hz', 20_000, () => {
    const last = phone.heard.subarray(-16_000);
    return last.length === 16_000 && toneWindows(last, 8000, 440) >= 0.9;
  });
  assert.equal(toneWindows(phone.heard.subarray(-16_000), 8000, 880), 0);
  await call.stop();
});

test('ffmpeg hears and sees a browser by our offer, and a stranger is not heard by it', options, async () => {
  using peer = new WrtcPeer();
  const call = await openCall(caller, { sdp: await peer.wholeOffer() }, { sdp_type: 'rtp' });
  const [audio = 0, video = 0] = portsIn(call.offer);
  const answer = plainSdp({
    address: ffmpegAddress,
    direction: 'recvonly',
    media: [
      { kind: 'audio', port: audio, payloadType: 8 },
      { port: video, ...codecs.VP8 },
    ],
  });

  await peer.accept(await call.answer(answer, 'rtp'));
  await eventually('the browser is connected', 20_000, () => peer.state === 'connected');
  const packets = silence(8);
  using noise = await Stranger.open('127.0.0.1', [
    { port: audio, packets },
    { port: video, packets },
  ]);
  const { samples, video: seen, log } = await listen(folder, narrowed(call.offer, [8, 96]));

  assert.ok(samples.length >= 8000 * 3, log);
  assert.ok(toneWindows(samples, 8000, 440) >= 0.9, log);
  assert.ok(Number(seen['nb_read_frames']) >= 25, log);
  assert.ok(noise.sent > 500, String(noise.sent));
  assert.equal(await packetsOf(peer), 0);
  await call.stop();
});

test('a browser hears and sees ffmpeg, which calls it, and none of a stranger', options, async () => {
  using peer = new WrtcPeer();
  const address = '127.0.0.1';
  const [soundPort = 0, picturePort = 0] = await freePairs(address, 2);
  const media = [
    { port: soundPort, ...codecs.PCMU },
    { port: picturePort, ...codecs.VP8 },
  ];
  const offer = plainSdp({ address, direction: 'sendonly', media });
  const call = await openCall(caller, { sdp: offer, sdp_type: 'rtp' });
  const answer = await call.answer(await peer.answer(call.offer), 'webrtc');
  const [audio = 0, video = 0] = portsIn(answer);

  const tone = { codec: 'PCMU', content: 880, ssrc: 1 } as const;
  const picture = { codec: 'VP8', content: 'orange', ssrc: 2 } as const;
  await using sound = await RtpSource.start(tone, audio, { address, port: soundPort });
  await using moving = await RtpSource.start(picture, video, { address, port: picturePort });
  await hears(peer, 880);
  await eventually('the browser sees pictures', 30_000, () => peer.frames >= 15);
  const framesBefore = peer.frames;
  const packets = silence(0);
  using noise = await Stranger.open('127.0.0.1', [
    { port: audio, packets },
    { port: video, packets },
  ]);
  await eventually('many packets of a stranger', 30_000, () => noise.sent >= 1000);
  await hears(peer, 880);

  const lines = await audioPackets(peer);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const came = (await audioPackets(peer)) - lines;
  // 50 a second is what ffmpeg sends; the stranger sends hundreds.
  assert.ok(came > 0 && came <= 200, `${came} packets in two seconds`);
  assert.ok(peer.frames > framesBefore);
  assert.ok(sound.log !== '' && moving.log !== '');
  await call.stop();
});
