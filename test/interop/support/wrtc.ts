import { createRequire } from 'node:module';

/** What the tests use of `@roamhq/wrtc`, whose own types lean on those of a browser. */
export interface Wrtc {
  readonly RTCPeerConnection: new (configuration: object) => Connection;
  readonly nonstandard: {
    readonly RTCAudioSource: new () => { createTrack(): Track; onData(data: object): void };
    readonly RTCVideoSource: new () => { createTrack(): Track; onFrame(frame: object): void };
    readonly RTCAudioSink: new (track: Track) => AudioSink;
    readonly RTCVideoSink: new (track: Track) => VideoSink;
  };
}

/** One track of a source or a peer. */
export interface Track {
  readonly kind: string;
  stop(): void;
}

/** Hands out the samples of a track. */
export interface AudioSink {
  ondata: ((data: { readonly samples: Int16Array; readonly sampleRate: number }) => void) | null;
  stop(): void;
}

/** Hands out the pictures of a track. */
export interface VideoSink {
  onframe: ((event: { readonly frame: { readonly data: Uint8Array } }) => void) | null;
  stop(): void;
}

/** An offer or an answer. */
export interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** A data channel. */
export interface Channel {
  readonly label: string;
  readonly readyState: string;
  binaryType: string;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  send(message: string | Uint8Array): void;
  close(): void;
}

/** An RTCPeerConnection. */
export interface Connection {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: Description | null;
  ontrack: ((event: { readonly track: Track }) => void) | null;
  ondatachannel: ((event: { readonly channel: Channel }) => void) | null;
  onicecandidate: ((event: { readonly candidate: Candidate | null }) => void) | null;
  addIceCandidate(candidate: Candidate): Promise<void>;
  addTrack(track: Track): unknown;
  addTransceiver(kind: string | Track, options?: object): unknown;
  getTransceivers(): readonly { readonly mid: string | null; stop(): void }[];
  createAnswer(): Promise<Description>;
  createDataChannel(label: string, options?: object): Channel;
  createOffer(options?: object): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getStats(): Promise<Map<string, Readonly<Record<string, unknown>>>>;
  close(): void;
}

/** A candidate as the broker's commands take it. */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string;
  readonly sdpMLineIndex: number;
}

/** The package. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the package is typed for browsers
export const wrtc: Wrtc = createRequire(import.meta.url)('@roamhq/wrtc');

// The package crashes while Node takes a process apart in which it has made sources; leaving at once avoids that.
process.on('exit', (code) => process.exit(code));
