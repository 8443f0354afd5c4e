import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { toneWindows } from '../../support/tone.ts';
import { bridgeEngine, type EngineBridge } from '../support/engine-bridge.ts';
import { eventually } from '../support/eventually.ts';
import { Ffmpeg } from '../support/ffmpeg.ts';
import { portsIn } from '../support/plain-phone.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bifrons-ffmpeg-'));
});

after(() => rm(folder, { recursive: true }));

const head = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

/** Has the browser answer an m-line that ffmpeg wants to get; gives a file with our answer, on ffmpeg's port. */
async function listenOn(port: number, line: string, bridge: EngineBridge, peer: WrtcPeer): Promise<string> {
  const offer = `${head}${line.replace('PORT', String(port))}`;
  const answer = await bridge.generate('answer', await peer.answer(await bridge.process('offer', offer)));
  const path = join(folder, `${port}.sdp`);
  await writeFile(path, answer.replace(/^m=(\w+) \d+/m, `m=$1 ${port}`));
  return path;
}

function receiving(path: string, ...rest: readonly string[]): Ffmpeg {
  return new Ffmpeg('-protocol_whitelist', 'file,udp,rtp', '-i', path, ...rest);
}

function sending(source: string, encoder: string, ...rest: readonly string[]): Ffmpeg {
  return new Ffmpeg(
    '-re',
    '-f',
    'lavfi',
    '-i',
    source,
    ...encoder.split(' '),
    '-t',
    '40',
    '-f',
    'rtp',
    ...rest,
  );
}

test('ffmpeg hears what a browser says, by our answer', { timeout: 60_000 }, async () => {
  await using bridge = await bridgeEngine();
  using peer = new WrtcPeer();
  const path = await listenOn(26_100, 'm=audio PORT RTP/AVP 0\r\na=recvonly\r\n', bridge, peer);
  const heard = join(folder, 'heard.raw');

  await using ffmpeg = receiving(path, '-t', '4', '-f', 's16le', '-ar', '8000', '-ac', '1', heard);
  await ffmpeg.ended();

  const bytes = await readFile(heard);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  assert.ok(samples.length >= 8000 * 3, ffmpeg.log);
  assert.ok(toneWindows(samples, 8000, 440) >= 0.9);
  assert.equal(toneWindows(samples, 8000, 880), 0);
});

test('a browser hears and sees what ffmpeg sends', { timeout: 60_000 }, async () => {
  await using bridge = await bridgeEngine();
  using peer = new WrtcPeer();
  const offer = await bridge.generate('offer', await peer.wholeOffer());
  const [audio = 0, video = 0] = portsIn(offer);
  const answer =
    `${head}m=audio 26200 RTP/AVP 0\r\na=sendonly\r\n` +
    'm=video 26202 RTP/AVP 96\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n';

  await peer.accept(await bridge.process('answer', answer));
  const toAudio = `rtp://127.0.0.1:${audio}?localrtpport=26200`;
  await using sound = sending(
    'sine=frequency=880:sample_rate=8000',
    '-c:a pcm_mulaw -ar 8000 -ac 1',
    toAudio,
  );
  const toVideo = `rtp://127.0.0.1:${video}?localrtpport=26202&pkt_size=1200`;
  const vp8 = '-c:v libvpx -deadline realtime -g 15 -payload_type 96';
  await using moving = sending('testsrc=size=320x240:rate=15', vp8, toVideo);

  await eventually('the browser hears something', 15_000, () => peer.loudness > 1000);
  await eventually('the browser hears 880 Hz', 15_000, async () => {
    peer.hush();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return Math.abs(peer.toneHz - 880) < 15;
  });
  await eventually('the browser sees pictures', 20_000, () => peer.frames >= 15);
  assert.ok(sound.log !== '' && moving.log !== '');
});
