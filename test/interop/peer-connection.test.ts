import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { peerConnectionSuite, type PeerConnectionWorld } from '../contract/peer-connection.ts';
import { eventually } from './support/eventually.ts';
import { WrtcRemotePeer } from './support/wrtc-remote-peer.ts';

peerConnectionSuite('our stack on a UDP socket, with libwebrtc', open, {
  makesOffers: false,
  gaps: {
    'streams that can arrive are told once each': 'no stream is told',
    'a keyframe is asked for where there is someone to ask, and elsewhere it is no error':
      'requestKeyframe throws RangeError for an unknown m-line',
  },
});

async function open(): Promise<PeerConnectionWorld> {
  const sockets = new UdpSocketFactory(systemClock);
  const factory = await WebRtc.open(
    { clock: systemClock, random: systemRandom, sockets, srtp: srtpContexts },
    { local: { address: '127.0.0.1', port: 0 }, announcedAddresses: [] },
  );
  return {
    factory,
    peer: () => Promise.resolve(new WrtcRemotePeer()),
    until: async (condition) => {
      await eventually('the condition of the rule', 20_000, condition);
    },
    [Symbol.asyncDispose]: () => factory[Symbol.asyncDispose](),
  };
}
