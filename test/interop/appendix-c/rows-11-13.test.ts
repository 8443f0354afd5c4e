import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { rowsOf } from './support/appendix-c.ts';
import { openBridge, openProxy, type Legs } from './support/bridges.ts';
import { refusalIn, type Caller } from './support/caller.ts';
import { mediaAddress } from './support/house.ts';
import { hears, sdpIn } from './support/media.ts';
import { RtpPeer } from './support/rtp-peer.ts';

/** What only WebRTC has in an SDP. */
const webRtcLines = /^a=(ice-|fingerprint|candidate|setup)|UDP\/TLS/m;

const { check } = await rowsOf(import.meta.url, [11, 12, 13]);

async function phoneToBrowser(caller: Caller, phone: RtpPeer, browser: WrtcPeer): Promise<Legs> {
  const proxy = await openProxy(caller, { sdp: phone.offer, sdp_type: 'rtp' });
  const { bridge, offer } = await openBridge(caller, proxy);
  const answer = { sdp: await browser.answer(offer) };
  await caller.command('session.set_answer', { session_id: bridge, answer });
  const sdp = sdpIn(await caller.command('session.get_answer', { session_id: proxy }), 'answer');
  assert.doesNotMatch(sdp, webRtcLines);
  assert.match(sdp, /^m=audio \d+ RTP\/AVP /m);
  phone.sendTo(sdp);
  return { proxy, bridge };
}

async function hearsTone(phone: RtpPeer): Promise<void> {
  await eventually('the phone hears a tone', 20_000, async () => {
    phone.hush();
    await delay(200);
    return phone.loudness > 1000;
  });
}

check(11, 'a caller with plain RTP talks to a callee with WebRTC', async ({ caller }) => {
  using phone = await RtpPeer.open(mediaAddress);
  using browser = new WrtcPeer();

  await phoneToBrowser(caller, phone, browser);

  await hears(browser);
  await hearsTone(phone);
});

check(12, 'a caller with WebRTC talks to a callee with plain RTP', async ({ caller }) => {
  using phone = await RtpPeer.open(mediaAddress);
  using browser = new WrtcPeer();
  const proxy = await openProxy(caller, { sdp: await browser.wholeOffer() }, { sdp_type: 'rtp' });

  const { bridge, offer } = await openBridge(caller, proxy);
  const answer = { sdp: phone.answer(offer), sdp_type: 'rtp' };
  await caller.command('session.set_answer', { session_id: bridge, answer });
  await browser.accept(sdpIn(await caller.command('session.get_answer', { session_id: proxy }), 'answer'));
  phone.sendTo(offer);

  assert.doesNotMatch(offer, webRtcLines);
  await hears(browser);
  await hearsTone(phone);
});

check(13, 'update_media is refused on a bridge to plain RTP', async ({ caller }) => {
  using phone = await RtpPeer.open(mediaAddress);
  using browser = new WrtcPeer();
  const legs = await phoneToBrowser(caller, phone, browser);

  for (const session_id of [legs.proxy, legs.bridge]) {
    const reply = await caller.ask('session.update_media', { session_id, mute_audio: true });

    assert.deepEqual(refusalIn(reply), { code: 100040, name: 'invalid_operation' });
  }
  await hears(browser);
});
