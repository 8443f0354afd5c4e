import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { peerConnectionSuite, type PeerConnectionWorld } from '../../contract/peer-connection.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';

peerConnectionSuite('webrtc on a UDP socket, with the stack of wrtc at the far end', open);

async function open(): Promise<PeerConnectionWorld> {
  const clock = systemClock;
  const sockets = new UdpSocketFactory(clock);
  const local = { address: '127.0.0.1', port: 0 };
  const factory = await WebRtc.open(
    { clock, random: systemRandom, sockets, srtp: srtpContexts },
    { local, announcedAddresses: [] },
  );
  return {
    factory,
    peer: () => Promise.resolve(new WrtcRemote()),
    until: async (condition) => {
      await eventually('the condition', 20_000, condition);
    },
    [Symbol.asyncDispose]: () => factory[Symbol.asyncDispose](),
  };
}
