import type { PeerConnectionFactory } from '#janus/media';

/** A WebRTC endpoint at the far end: a fake, another stack, a browser. It trickles nothing and sends sendrecv media. */
export interface RemotePeer extends AsyncDisposable {
  /** An offer with one m-line per kind, in order; for `data` it opens a channel called `chat` once connected. */
  offer(
    kinds: readonly ('audio' | 'video' | 'data')[],
    options?: { readonly restartsIce?: boolean },
  ): Promise<string>;
  /** An offer that removes the m-line. */
  removing(mid: string): Promise<string>;
  accept(answerSdp: string): Promise<void>;
  answer(offerSdp: string): Promise<string>;
  /** Sends media on the m-line from now on until `stopRtp`. */
  startRtp(mid: string): void;
  stopRtp(mid: string): void;
  /** RTP packets received on the m-line. */
  rtpReceived(mid: string): number;
  sendData(text: string): void;
  /** On every channel, whoever opened it. */
  dataReceived(): readonly string[];
  /** Labels of the channels that were opened to it. */
  channelsReceived(): readonly string[];
  /** Falls silent at once and without goodbye, as a process that is killed. */
  vanish(): void;
  /** Says goodbye, as a page that closes. */
  close(): Promise<void>;
}

/** What a run of the suite stands on. Disposing releases all. */
export interface PeerConnectionWorld extends AsyncDisposable {
  readonly factory: PeerConnectionFactory;
  /** A far end that can reach the factory's connections. */
  peer(): Promise<RemotePeer>;
  /** Connections that are not released yet. */
  held(): number;
  /** Lets time pass until `condition` holds; rejects if it does not within 20 s. */
  until(condition: () => boolean): Promise<void>;
}
