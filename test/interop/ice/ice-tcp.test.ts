import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { TcpServerFactory, type WebRtc } from '#janus/webrtc';
import { systemClock } from '#services/kernel';
import { eventually } from '../support/eventually.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';
import { callFromWrtc, openWebRtc, OurEnd } from './call.ts';

function openWithTcp(address: string): Promise<WebRtc> {
  const iceTcp = { servers: new TcpServerFactory(systemClock), port: 0 };
  return openWebRtc({ local: { address, port: 0 }, iceTcp });
}

/** As for a peer whose network lets no UDP through. */
function tcpOnly(answer: string): string {
  assert.match(answer, /a=candidate:.* tcptype passive/);
  return answer.replace(/a=candidate:\S+ 1 udp .*\r\n/g, '');
}

for (const address of ['127.0.0.1', '::1']) {
  test(`a peer without UDP calls over TCP on ${address}`, async () => {
    await using webrtc = await openWithTcp(address);
    await using ours = new OurEnd(webrtc);
    await using peer = new WrtcRemote();

    await callFromWrtc(ours, peer, tcpOnly);

    assert.ok(webrtc.counts.tcpConnections > 0);
    await ours.connection[Symbol.asyncDispose]();
    await eventually('its connections are closed', 5_000, () => webrtc.counts.tcpConnections === 0);
  });
}

test('a web client, and one that says nothing, are closed without an answer', async () => {
  await using webrtc = await openWithTcp('127.0.0.1');
  const web = connect({ host: '127.0.0.1', port: webrtc.tcpPort ?? 0 });
  const silent = connect({ host: '127.0.0.1', port: webrtc.tcpPort ?? 0 });
  let answered = 0;
  for (const socket of [web, silent]) {
    socket.on('data', ({ length }) => (answered += length));
    socket.on('error', () => undefined);
  }
  const closed = [once(web, 'close'), once(silent, 'close')];

  web.write('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n');
  await Promise.all(closed);

  await eventually('both are forgotten', 5_000, () => webrtc.counts.tcpConnections === 0);
  assert.equal(answered, 0);
});
