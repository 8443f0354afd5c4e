import { EmbeddedJanus } from '../../support/embedded-janus.ts';
import { settle } from '../../support/fake-clock.ts';
import { FakePeer } from '../../support/fake-peer.ts';
import type { FakePeerConnectionFactory } from '../../support/fake-peer-connection.ts';
import { untilSettled } from './fake-bench.ts';
import type { BackendBench, BackendClient, Kind } from './subject.ts';

/** Those of a FakePeer's offer, and of an engine's. */
const mids: Readonly<Record<Kind, string>> = { audio: '0', video: '1' };

class Browser implements BackendClient {
  readonly isUp = true;
  readonly peer: FakePeer;

  constructor(peers: FakePeerConnectionFactory) {
    this.peer = new FakePeer(peers);
  }

  offer(): Promise<string> {
    return Promise.resolve(this.peer.offer(['audio', 'video', 'data']));
  }

  accept(answer: string): Promise<void> {
    this.peer.accept(answer);
    return Promise.resolve();
  }

  answer(offer: string): Promise<string> {
    return Promise.resolve(this.peer.answer(offer));
  }

  hangUp(): void {
    this.peer.close();
  }
}

/** An engine in this process, with everything that it has but sockets. */
export async function embeddedBench(): Promise<BackendBench> {
  const janus = await EmbeddedJanus.start();
  const browsers = new Map<BackendClient, FakePeer>();
  const peerOf = (client: BackendClient): FakePeer => {
    const peer = browsers.get(client);
    if (peer === undefined) throw new RangeError('that client is of another bench');
    return peer;
  };
  return {
    ...{ backend: janus.backend, bad: 'v=0', hasMedia: true },
    client: () => {
      const browser = new Browser(janus.peers);
      browsers.set(browser, browser.peer);
      return browser;
    },
    until: untilSettled,
    quiet: settle,
    flow: async (from, to, kind, isFlowing) => {
      await settle();
      const before = peerOf(to).received(mids[kind]).length;
      peerOf(from).sendRtp(mids[kind], 3);
      await settle();
      const came = peerOf(to).received(mids[kind]).length - before;
      if (came > 0 !== isFlowing) throw new Error(`${came} of 3 packets of ${kind} came`);
    },
    remains: () => Object.values(janus.remains).reduce((sum, count) => sum + count, 0),
    [Symbol.asyncDispose]: () => janus[Symbol.asyncDispose](),
  };
}
