import { setTimeout as delay } from 'node:timers/promises';
import type { JanusBackend } from '#janus/adapter';
import type { BackendBench, BackendClient, Kind } from '../../contract/backend/subject.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

const patienceMs = 15_000;

/** In which nothing may come. */
const quietMs = 400;

class Browser implements BackendClient {
  readonly peer = new WrtcPeer();

  get isUp(): boolean {
    return this.peer.state === 'connected';
  }

  offer(): Promise<string> {
    return this.peer.wholeOffer();
  }

  accept(answer: string): Promise<void> {
    return this.peer.accept(answer);
  }

  answer(offer: string): Promise<string> {
    return this.peer.answer(offer);
  }

  hangUp(): void {
    this.peer[Symbol.dispose]();
  }
}

/** Peers of `@roamhq/wrtc` before a backend; `counts` says what its engine has left. */
export function realBench(backend: JanusBackend, counts: () => number = () => 0): BackendBench {
  const browsers = new Map<BackendClient, WrtcPeer>();
  const peerOf = (client: BackendClient): WrtcPeer => {
    const peer = browsers.get(client);
    if (peer === undefined) throw new RangeError('that client is of another bench');
    return peer;
  };
  return {
    ...{ backend, bad: 'v=0', hasMedia: true },
    client: () => {
      const browser = new Browser();
      browsers.set(browser, browser.peer);
      return browser;
    },
    until: async (what, isSo) => {
      try {
        await eventually('it comes', patienceMs, isSo);
      } catch (cause) {
        throw new Error(`it did not come: ${what()}`, { cause });
      }
    },
    quiet: () => delay(quietMs),
    flow: async (_from, to, kind, isFlowing) => {
      const text = `${isFlowing ? '' : 'no more '}${kind} comes`;
      await eventually(text, patienceMs, async () => (await arrives(peerOf(to), kind)) === isFlowing);
    },
    remains: () => backend.legs + backend.rooms + counts(),
    [Symbol.asyncDispose]: () => {
      for (const peer of browsers.values()) peer[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

async function arrives(peer: WrtcPeer, kind: Kind): Promise<boolean> {
  const before = peer.frames;
  peer.hush();
  await delay(quietMs);
  return kind === 'audio' ? peer.loudness > 1000 : peer.frames > before + 1;
}
