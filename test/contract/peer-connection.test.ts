import { FakeClock, settle } from '../support/fake-clock.ts';
import { FakePeerConnectionFactory } from '../support/fake-peer-connection.ts';
import { FakePeer } from '../support/fake-peer.ts';
import { peerConnectionSuite, type PeerConnectionWorld, type RemotePeer } from './peer-connection.ts';

peerConnectionSuite('fake', () => Promise.resolve(fakeWorld()));

function fakeWorld(): PeerConnectionWorld {
  const clock = new FakeClock();
  const factory = new FakePeerConnectionFactory(clock);
  const flowing = new Map<string, FakePeer>();
  return {
    factory,
    held: () => factory.open,
    peer: () => Promise.resolve(remote(new FakePeer(factory), flowing)),
    async until(condition) {
      for (let left = 20_000; !condition(); left -= 20) {
        if (left === 0) throw new Error('the condition did not come true');
        await clock.run(20);
        for (const [mid, peer] of flowing) peer.sendRtp(mid);
        await settle();
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function remote(peer: FakePeer, flowing: Map<string, FakePeer>): RemotePeer {
  peer.openChannel('chat');
  let kinds: Parameters<RemotePeer['offer']>[0] = [];
  const close = (): Promise<void> => {
    peer.close();
    return Promise.resolve();
  };
  return {
    offer: (wanted, options) => {
      kinds = wanted;
      return Promise.resolve(peer.offer(wanted, options));
    },
    removing: (removed) => Promise.resolve(peer.offer(kinds, { removed })),
    accept: (answer) => {
      peer.accept(answer);
      return Promise.resolve();
    },
    answer: (offer) => Promise.resolve(peer.answer(offer)),
    startRtp: (mid) => void flowing.set(mid, peer),
    stopRtp: (mid) => void flowing.delete(mid),
    rtpReceived: (mid) => peer.received(mid).length,
    sendData: (text) => peer.sendData('chat', text),
    dataReceived: () => peer.dataReceived.map(String),
    channelsReceived: () => [...peer.channelsReceived.keys()],
    vanish: () => {
      for (const mid of flowing.keys()) flowing.delete(mid);
      peer.vanish();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
