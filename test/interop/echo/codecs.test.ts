import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 60_000 };

let browser: Browser;
let broker: BrokerProcess;
let server: NatsCaller;

before(async () => {
  if (skip !== false) return;
  browser = await startBrowser(process.env);
  broker = await BrokerProcess.start();
  server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
});

after(async () => {
  if (skip !== false) return;
  await server[Symbol.asyncDispose]();
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

/** In the browser's words: an offer that lists one codec of one kind, with its retransmissions. */
const offerWith = (kind: string, codec: string): string => `(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ ${kind}: true });
  const pc = (window.pc = new RTCPeerConnection());
  // Sound is decoded only where something plays it.
  pc.ontrack = ({ track }) => {
    window.player = Object.assign(new Audio(), { srcObject: new MediaStream([track]), autoplay: true });
  };
  const transceiver = pc.addTransceiver(stream.getTracks()[0]);
  const wanted = ['${kind}/${codec}', '${kind}/rtx'].map((name) => name.toLowerCase());
  const { codecs } = RTCRtpReceiver.getCapabilities('${kind}');
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => wanted.includes(mimeType.toLowerCase())));
  await pc.setLocalDescription(await pc.createOffer());
  while (pc.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20));
  return pc.localDescription.sdp;
})()`;

/** What comes back: the codec's name, the pictures decoded, the energy of the sound. */
const inbound = `(async () => {
  const reports = [...(await window.pc.getStats()).values()];
  const stream = reports.find(({ type }) => type === 'inbound-rtp') ?? {};
  const codec = reports.find(({ id }) => id === stream.codecId) ?? {};
  return { codec: codec.mimeType, frames: stream.framesDecoded ?? 0, energy: stream.totalAudioEnergy ?? 0 };
})()`;

async function call(page: Page, kind: string, codec: string): Promise<string> {
  await page.goto(`http://127.0.0.1:${broker.ports['http'] ?? 0}/`);
  const sdp = await page.evaluate<string>(offerWith(kind, codec));
  const reply = await server.command('session.create', { type: 'echo', wait_reply: true, offer: { sdp } });
  const answer = textOf(fieldsOf(reply['answer']), 'sdp');
  await page.evaluate(`window.pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`);
  return textOf(reply, 'session_id');
}

const cases = [
  ...['VP8', 'VP9', 'H264', 'AV1'].map((codec) => ['video', codec] as const),
  ...['opus', 'PCMU', 'PCMA', 'G722'].map((codec) => ['audio', codec] as const),
];

for (const [kind, codec] of cases) {
  test(`${codec} comes back to Chromium as it was sent`, options, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const session_id = await call(page, kind, codec);

    const seen = await eventually(`${codec} decoded`, 20_000, async () => {
      const state = await page.evaluate<Fields>(inbound);
      return (Number(state['frames']) > 10 || Number(state['energy']) > 0) && state;
    });

    assert.equal(String(seen['codec']).toLowerCase(), `${kind}/${codec}`.toLowerCase());
    await server.command('session.destroy', { session_id });
    await context.close();
  });
}
