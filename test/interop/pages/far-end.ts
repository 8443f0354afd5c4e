import type { Browser, BrowserContext, Page } from 'playwright-core';

/** The other end of echo sessions, for a broker without media: peer connections in a page of their own. */
export class FarEnd implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.#page = page;
  }

  static async open(browser: Browser): Promise<FarEnd> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.evaluate(farEndScript);
    return new FarEnd(context, page);
  }

  /** Answers an offer with a connection that sends back what it gets. The answer holds all candidates. */
  answer(sessionId: string, offer: string): Promise<string> {
    return this.#page.evaluate<string>(`answer(${JSON.stringify(sessionId)}, ${JSON.stringify(offer)})`);
  }

  /** One for a connection that is closed is ignored, as a broker would. */
  addCandidate(sessionId: string, candidate: object): Promise<void> {
    return this.#page.evaluate<undefined>(
      `addCandidate(${JSON.stringify(sessionId)}, ${JSON.stringify(candidate)})`,
    );
  }

  async close(sessionId: string): Promise<void> {
    try {
      await this.#page.evaluate<undefined>(`peers.get(${JSON.stringify(sessionId)})?.close()`);
    } catch (cause) {
      // The page took its connections with it.
      if (!this.#page.isClosed()) throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/** In the browser's words. A received track goes back decoded and encoded anew; sound flows only once it is played. */
const farEndScript = `
  window.peers = new Map();
  window.answer = async (id, sdp) => {
    const peer = new RTCPeerConnection();
    peers.set(id, peer);
    peer.ontrack = ({ track, streams }) => {
      peer.addTrack(track, ...streams);
      if (track.kind !== 'audio') return;
      peer.player = new Audio();
      peer.player.srcObject = new MediaStream([track]);
      peer.player.play();
    };
    peer.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send('You wrote: ' + data);
    };
    await peer.setRemoteDescription({ type: 'offer', sdp });
    await peer.setLocalDescription();
    if (peer.iceGatheringState !== 'complete')
      await new Promise((resolve) => {
        peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve();
      });
    return peer.localDescription.sdp;
  };
  // Not waited for: on a connection that closes meanwhile it never settles (W3C WebRTC, chained operations).
  window.addCandidate = (id, candidate) => {
    const peer = peers.get(id);
    if (peer.signalingState !== 'closed') peer.addIceCandidate(candidate);
  };
  undefined;
`;
