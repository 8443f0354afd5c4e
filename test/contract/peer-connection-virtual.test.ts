import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';
import { VirtualPeer } from '../support/virtual-peer.ts';
import { peerConnectionSuite, type PeerConnectionWorld } from './peer-connection.ts';

const noSctp = 'the far end has no SCTP; the suite over wrtc has this rule';

const gaps = {
  'data channels may be added later': noSctp,
  'data channel messages go both ways': noSctp,
  'data for a label that the peer has not opened goes on a channel that is opened to it': noSctp,
  'a channel is opened without a message, and no second one beside that of the peer': noSctp,
  'a refused second offer leaves the connection as it was': noSctp,
};

peerConnectionSuite('webrtc on a virtual network', open, { gaps });

async function open(): Promise<PeerConnectionWorld> {
  const clock = new FakeClock();
  const network = new VirtualNetwork(clock);
  const surroundings = { clock, random: new SeededRandom(), sockets: network, srtp: srtpContexts };
  const local = { address: '192.0.2.9', port: 10_000 };
  const factory = await WebRtc.open(surroundings, { local, announcedAddresses: [] });
  return {
    factory,
    held: () => factory.counts.connections,
    peer: () => VirtualPeer.open({ clock, network, server: factory.local }),
    async until(condition) {
      for (let left = 20_000; !condition(); left -= 20) {
        if (left === 0) throw new Error('the condition did not come true');
        await clock.run(20);
        await settle();
      }
    },
    [Symbol.asyncDispose]: () => factory[Symbol.asyncDispose](),
  };
}
