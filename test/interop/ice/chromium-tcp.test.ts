import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { EchoPage } from '../../support/echo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';

const skip = whyNoBrowser(process.env);

/** Leaves the page nothing but our TCP candidates, as a network does that lets no UDP pass. */
const keepTcpAlone = `{
  const original = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    globalThis.keptCandidates = sdp.match(/a=candidate:\\S+ 1 tcp .*/g);
    return original.call(this, { type, sdp: sdp.replace(/a=candidate:\\S+ 1 udp .*\\r\\n/g, '') });
  };
}`;

test(
  'Chromium without UDP has picture, sound and data over ICE-TCP',
  { skip, timeout: 120_000 },
  async () => {
    const browser = await startBrowser(process.env);
    try {
      await using broker = await BrokerProcess.start({ BIFRONS_ICE_TCP_PORT: '0' });
      await using echo = await EchoPage.open(browser, `http://127.0.0.1:${broker.ports['http'] ?? 0}`);
      await echo.page.evaluate(keepTcpAlone);

      await echo.connect('test');
      await echo.until('more than 50 frames and sound', async () => {
        const counters = await echo.counters();
        return (counters?.video.received.frames ?? 0) > 50 && (counters?.audio.received.level ?? 0) > 0;
      });
      await echo.sendMessage('over TCP');
      await echo.until('a message back', async () => (await echo.messages()).length > 0);

      const kept: unknown = await echo.page.evaluate('globalThis.keptCandidates.length > 0');
      assert.equal(kept, true);
      assert.ok((broker.ports['iceTcp'] ?? 0) > 0);
      assert.deepEqual(echo.complaints, []);
    } finally {
      await browser.close();
    }
  },
);
