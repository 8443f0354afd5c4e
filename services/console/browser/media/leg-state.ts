// No DOM here: Node's tests read it too.
import type { Fault } from '../wire.ts';

/** Where a leg stands. */
export type LegState =
  | { readonly name: 'negotiating' }
  /** Created; the other description is not there yet. */
  | { readonly name: 'waiting'; readonly sessionId: string }
  /** `media` is the state of the peer connection (W3C WebRTC 4.3.3). */
  | { readonly name: 'running'; readonly sessionId: string; readonly media: string }
  | { readonly name: 'stopping'; readonly sessionId: string }
  /** Without a fault, this page ended it. */
  | { readonly name: 'ended'; readonly fault?: Fault };
