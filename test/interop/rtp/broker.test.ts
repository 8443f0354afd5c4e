import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Scope } from '#services/kernel';
import { rtpBytes } from '../../support/rtp-stream.ts';
import { toneWindows } from '../../support/tone.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { Ffmpeg } from '../support/ffmpeg.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';
import { PlainPhone, portsIn } from '../support/plain-phone.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

const options = { timeout: 120_000 };

/** Where ffmpeg is: at another address than ours it can have the very ports that our description names. */
const ffmpegAddress = '127.0.0.2';

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

function described(reply: Fields, name: 'offer' | 'answer'): string {
  return textOf(fieldsOf(reply[name]), 'sdp');
}

/** A session that waits for its other side, and that other side's, with the offer for it. */
async function pair(
  offer: object,
  more: object = {},
): Promise<{
  readonly proxy: string;
  readonly offer: string;
  /** Takes the answer to that offer; gives the one to the first. */
  answer(sdp: string, sdpType: 'webrtc' | 'rtp'): Promise<string>;
  stop(): Promise<void>;
}> {
  const proxy = textOf(
    await caller.command('session.create', { type: 'proxy', offer, ...more }),
    'session_id',
  );
  const request = { type: 'bridge', peer_id: proxy, wait_reply: true };
  const reply = await caller.command('session.create', request);
  const bridge = textOf(reply, 'session_id');
  return {
    proxy,
    offer: described(reply, 'offer'),
    async answer(sdp, sdp_type) {
      await caller.command('session.set_answer', { session_id: bridge, answer: { sdp, sdp_type } });
      return described(await caller.command('session.get_answer', { session_id: proxy }), 'answer');
    },
    async stop() {
      await caller.command('session.destroy', { session_id: proxy });
    },
  };
}

/** A description with one format for each m-line: of several, ffmpeg reads the last one and no other. */
function narrowed(sdp: string, formats: readonly number[]): string {
  const others = (line: string): boolean => {
    const format = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    return format !== undefined && !formats.includes(Number(format));
  };
  let index = 0;
  return sdp
    .split('\r\n')
    .filter((line) => !others(line))
    .map((line) => {
      if (!line.startsWith('m=')) return line;
      index += 1;
      return line.replace(/ RTP\/AVP .*/, ` RTP/AVP ${formats[index - 1]}`);
    })
    .join('\r\n');
}

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

/** Sends packets of silence to ports of ours from an address that nobody announced, until it is disposed. */
function stranger(ports: readonly number[], payloadType: number): Disposable & { readonly sent: number } {
  const socket = createSocket('udp4');
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    const payload = [...Buffer.alloc(160, 0xff)];
    for (const port of ports)
      socket.send(rtpBytes({ payloadType, ssrc: 0x666, sequenceNumber: sent, payload }), port, '127.0.0.1');
  }, 2);
  return {
    get sent() {
      return sent;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      socket.close();
    },
  };
}

test('a browser calls a phone by the commands of the broker, and both hear the other', options, async () => {
  using peer = new WrtcPeer();
  using phone = await PlainPhone.open();

  const call = await pair({ sdp: await peer.wholeOffer() }, { sdp_type: 'rtp' });
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
  const call = await pair({ sdp: await peer.wholeOffer() }, { sdp_type: 'rtp' });
  const [audio = 0, video = 0] = portsIn(call.offer);
  const path = join(folder, 'offer.sdp');
  const heard = join(folder, 'heard.raw');
  await writeFile(path, narrowed(call.offer, [8, 96]));
  const answer =
    `v=0\r\no=- 1 1 IN IP4 ${ffmpegAddress}\r\ns=-\r\nc=IN IP4 ${ffmpegAddress}\r\nt=0 0\r\n` +
    `m=audio ${audio} RTP/AVP 8\r\na=recvonly\r\n` +
    `m=video ${video} RTP/AVP 96\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n`;

  await peer.accept(await call.answer(answer, 'rtp'));
  await eventually('the browser is connected', 20_000, () => peer.state === 'connected');
  using noise = stranger([audio, video], 8);
  const input = ['-protocol_whitelist', 'file,udp,rtp', '-localaddr', ffmpegAddress, '-i', path];
  const sound = ['-map', '0:a', '-f', 's16le', '-ar', '8000', '-ac', '1', heard];
  const moving = ['-map', '0:v', '-f', 'null', '-'];
  await using ffmpeg = new Ffmpeg(...input, '-t', '6', ...sound, '-t', '6', ...moving);
  await ffmpeg.ended();

  const bytes = await readFile(heard);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  assert.ok(samples.length >= 8000 * 3, ffmpeg.log);
  assert.ok(toneWindows(samples, 8000, 440) >= 0.9, ffmpeg.log);
  assert.ok(ffmpeg.frames >= 25, ffmpeg.log);
  assert.ok(noise.sent > 500, String(noise.sent));
  assert.equal(await packetsOf(peer), 0);
  await call.stop();
});

test('a browser hears and sees ffmpeg, which calls it, and none of a stranger', options, async () => {
  using peer = new WrtcPeer();
  const offer =
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n' +
    'm=audio 26300 RTP/AVP 0\r\na=sendonly\r\n' +
    'm=video 26302 RTP/AVP 96\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n';
  const call = await pair({ sdp: offer, sdp_type: 'rtp' });
  const answer = await call.answer(await peer.answer(call.offer), 'webrtc');
  const [audio = 0, video = 0] = portsIn(answer);
  const source = (what: string): string[] => ['-re', '-f', 'lavfi', '-i', what, '-t', '60'];
  const rtp = (port: number, local: number, more = ''): string[] => [
    '-f',
    'rtp',
    `rtp://127.0.0.1:${port}?localrtpport=${local}${more}`,
  ];

  const pcmu = ['-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1'];
  await using sound = new Ffmpeg(
    ...source('sine=frequency=880:sample_rate=8000'),
    ...pcmu,
    ...rtp(audio, 26_300),
  );
  const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '15', '-payload_type', '96'];
  const film = source('testsrc=size=320x240:rate=15');
  await using moving = new Ffmpeg(...film, ...vp8, ...rtp(video, 26_302, '&pkt_size=1200'));
  await hears(peer, 880);
  await eventually('the browser sees pictures', 30_000, () => peer.frames >= 15);
  const framesBefore = peer.frames;
  using noise = stranger([audio, video], 0);
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
