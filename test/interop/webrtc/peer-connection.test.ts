import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { peerConnectionSuite, type PeerConnectionWorld } from '../../contract/peer-connection.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';

const gaps = {
  'a peer that falls silent is told of, and closes it if that goes on':
    'the far end would have to be a process of its own; FLT-05 kills one',
};

peerConnectionSuite('webrtc on a UDP socket, with the stack of wrtc at the far end', open, { gaps });

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
    held: () => factory.counts.connections,
    peer: () => Promise.resolve(new WrtcRemote()),
    until: async (condition) => {
      await eventually('the condition', 20_000, condition);
    },
    [Symbol.asyncDispose]: () => factory[Symbol.asyncDispose](),
  };
}
