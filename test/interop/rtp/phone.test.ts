import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { toneWindows } from '../../support/tone.ts';
import { rtpBytes } from '../../support/rtp-stream.ts';
import { bridgeEngine } from '../support/engine-bridge.ts';
import { eventually } from '../support/eventually.ts';
import { PlainPhone, portsIn } from '../support/plain-phone.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

const rejectedVideo = 'm=video 0 RTP/AVP 96\r\n';

/** Hears only tones of `hz` for a second. */
async function hears(peer: WrtcPeer, hz: number): Promise<void> {
  await eventually('the browser hears something', 10_000, () => peer.loudness > 2000);
  await eventually(`the browser hears ${hz} Hz`, 10_000, async () => {
    peer.hush();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return Math.abs(peer.toneHz - hz) < 15;
  });
}

/** Heard only tones of `hz` for two seconds. */
async function phoneHears(phone: PlainPhone, hz: number): Promise<void> {
  await eventually(`the phone hears ${hz} Hz`, 15_000, () => {
    const last = phone.heard.subarray(-16_000);
    return last.length === 16_000 && toneWindows(last, 8000, hz) >= 0.9;
  });
}

test('a browser calls a phone: both hear the other, and nobody else', { timeout: 60_000 }, async () => {
  await using bridge = await bridgeEngine();
  using peer = new WrtcPeer();
  using phone = await PlainPhone.open();

  const offer = await bridge.generate('offer', await peer.wholeOffer());
  const [port = 0] = portsIn(offer);
  await peer.accept(await bridge.process('answer', phone.describe() + rejectedVideo));
  phone.sing(880, port);

  assert.match(offer, /^m=audio \d+ RTP\/AVP /m);
  assert.doesNotMatch(offer, /application|candidate|fingerprint|rtx/);
  await phoneHears(phone, 440);
  await hears(peer, 880);
  await eventually('the phone gets reports', 10_000, () => phone.rtcp.some((packet) => packet[1] === 200));
  assert.equal(toneWindows(phone.heard.subarray(-16_000), 8000, 880), 0);
});

test('a phone calls a browser: both hear the other', { timeout: 60_000 }, async () => {
  await using bridge = await bridgeEngine();
  using peer = new WrtcPeer();
  using phone = await PlainPhone.open();

  const answered = await peer.answer(await bridge.process('offer', phone.describe() + rejectedVideo));
  const answer = await bridge.generate('answer', answered);
  const [port = 0, video] = portsIn(answer);
  phone.sing(880, port);

  assert.equal(video, 0);
  await phoneHears(phone, 440);
  await hears(peer, 880);
});

test(
  'SEC-09: of 1,000 packets injected into a latched plain leg none reaches the browser',
  {
    timeout: 60_000,
  },
  async () => {
    await using bridge = await bridgeEngine();
    using peer = new WrtcPeer();
    using phone = await PlainPhone.open();
    const stranger = createSocket('udp4');
    const offer = await bridge.generate('offer', await peer.wholeOffer());
    const [port = 0] = portsIn(offer);
    const sdp = phone.describe() + rejectedVideo;
    await peer.accept(await bridge.process('answer', sdp, { bifrons: { latch: 'address' } }));
    phone.sing(880, port);
    await hears(peer, 880);
    const before = (await peer.stats('inbound-rtp')).map((entry) => Number(entry['packetsReceived']));

    for (let count = 0; count < 1000; count += 1) {
      const payload = [...Buffer.alloc(160, count & 0xff)];
      stranger.send(
        rtpBytes({ payloadType: 0, ssrc: 0x1234_5678, sequenceNumber: 20_000 + count, payload }),
        port,
        '127.0.0.1',
      );
    }
    const [injected, startedAt] = [1000, performance.now()];
    await hears(peer, 880);
    await phoneHears(phone, 440);

    const after = (await peer.stats('inbound-rtp')).map((entry) => Number(entry['packetsReceived']));
    const came = Math.max(...after) - Math.max(...before);
    const seconds = (performance.now() - startedAt) / 1000;
    assert.ok(came < 50 * seconds + 100 && came < injected, `${came} packets in ${seconds} s`);
    stranger.close();
  },
);
