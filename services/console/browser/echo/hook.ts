// Shapes that the parts of the echo page share. No DOM here: Node's tests read them too.
import type { Fault, MediaEvent } from '../wire.ts';
import type { Counters, Rates } from './counters.ts';

/** Where an echo session stands. */
export type SessionState =
  | { readonly name: 'connecting' | 'negotiating' }
  /** `media` is the state of the peer connection (W3C WebRTC 4.3.3). */
  | { readonly name: 'running'; readonly sessionId: string; readonly media: string }
  | { readonly name: 'stopping'; readonly sessionId: string }
  /** Without a fault, the user ended it. */
  | { readonly name: 'ended'; readonly fault?: Fault };

/** Where the page stands: before its session, then as its session. */
export type PageState = SessionState | { readonly name: 'idle' | 'opening' };

/** What `update_media` and `create` take, as on the wire. `bitrate` in bits per second, 0 for no cap. */
export interface MediaUpdate {
  readonly mute_audio?: boolean;
  readonly mute_video?: boolean;
  readonly mute_data?: boolean;
  readonly bitrate?: number;
}

/**
 * `window.bifrons`: what tests read to see what the page sees. Read-only, no other use; everything in it is also
 * visible on the page.
 */
export interface EchoHook {
  readonly state: PageState;
  /** As of the last second; undefined before the first. */
  readonly counters: Counters | undefined;
  readonly rates: Rates | undefined;
  /** The newest, oldest first. */
  readonly events: readonly MediaEvent[];
  /** Texts that came back on the data channel, the newest, oldest first. */
  readonly messages: readonly string[];
}
