import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { systemClock, systemRandom, UdpSocketFactory, type TransportAddress } from '#services/kernel';
import { makeIceCredentials } from '../../backend-janus/webrtc/ice/credentials.ts';
import { eventually } from './support/eventually.ts';
import { UdpMux, type DatagramSink } from '../../backend-janus/webrtc/udp-mux.ts';

/** Of @roamhq/wrtc, whose own types need those of a browser. */
interface Wrtc {
  readonly RTCPeerConnection: new (configuration: object) => Browser;
}

interface Browser {
  readonly iceConnectionState: string;
  readonly localDescription: { readonly sdp: string } | null;
  createDataChannel(label: string): unknown;
  createOffer(): Promise<object>;
  setLocalDescription(description: object): Promise<void>;
  setRemoteDescription(description: { type: string; sdp: string }): Promise<void>;
  close(): void;
}

/** ICE on loopback takes milliseconds; a loaded machine may need longer. */
const patienceMs = 10_000;

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

function openBrowser(): Browser {
  const wrtc: unknown = createRequire(import.meta.url)('@roamhq/wrtc');
  assert.ok(isWrtc(wrtc));
  return new wrtc.RTCPeerConnection({ iceServers: [] });
}

function isWrtc(module: unknown): module is Wrtc {
  return typeof module === 'object' && module !== null && 'RTCPeerConnection' in module;
}

/** An answer that lets the peer begin with ICE and DTLS; the DTLS is never answered. */
function answerTo(
  offerSdp: string,
  ice: { ufrag: string; password: string },
  local: TransportAddress,
): string {
  const mid = /a=mid:(\S+)/.exec(offerSdp)?.[1] ?? '0';
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mid}`,
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=sctp-port:5000',
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:passive',
    `a=candidate:1 1 udp 2130706431 ${local.address} ${local.port} typ host`,
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

test('a browser stack checks, nominates, begins DTLS and keeps consent', async () => {
  await using mux = await UdpMux.open(new UdpSocketFactory(systemClock), { address: '127.0.0.1', port: 0 });
  const firstBytes: (number | undefined)[] = [];
  const moves: TransportAddress[] = [];
  const sink: DatagramSink = {
    dtls: (datagram) => firstBytes.push(datagram[0]),
    rtp: () => assert.fail('there is no media'),
    rtcp: () => assert.fail('there is no media'),
    addressChanged: (remote) => moves.push(remote),
  };
  const ice = makeIceCredentials(systemRandom);
  const peer = mux.add(ice, sink);
  const browser = openBrowser();
  try {
    browser.createDataChannel('data');
    await browser.setLocalDescription(await browser.createOffer());
    const offerSdp = browser.localDescription?.sdp ?? '';
    peer.expect(/a=ice-ufrag:(\S+)/.exec(offerSdp)?.[1] ?? '');
    await browser.setRemoteDescription({ type: 'answer', sdp: answerTo(offerSdp, ice, mux.local) });
    await eventually(
      'connected',
      patienceMs,
      () => browser.iceConnectionState === 'connected' && peer.isNominated && firstBytes.length > 0,
    );
    const checks = peer.checks;
    await eventually('more checks', patienceMs, () => peer.checks > checks);

    assert.equal(moves.at(-1)?.port, peer.remote?.port);
    assert.equal(firstBytes[0], 22);
    assert.equal(mux.drops.unauthentic + mux.drops.malformed + mux.drops.unexpected_user, 0);
  } finally {
    browser.close();
  }
});
