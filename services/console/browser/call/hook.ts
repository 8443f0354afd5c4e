// Shapes that the parts of the call page share. No DOM here: Node's tests read them too.
import type { Counters, Rates } from '../media/counters.ts';
import type { MediaEvent } from '../wire.ts';

/** Where the page stands. */
export type CallState =
  | { readonly name: 'idle' | 'connecting' }
  /** Under that name others can call. */
  | { readonly name: 'available'; readonly as: string }
  | { readonly name: 'ringing'; readonly from: string; readonly sessionId: string }
  /** The other side has not answered; `sessionId` is there once the broker knows of the call. */
  | { readonly name: 'calling'; readonly to: string; readonly sessionId?: string }
  | { readonly name: 'answering'; readonly from: string }
  /** `media` is the state of the peer connection (W3C WebRTC 4.3.3). */
  | { readonly name: 'talking'; readonly partner: string; readonly sessionId: string; readonly media: string }
  | { readonly name: 'hanging_up' };

/** `window.bifrons` of the call page: what tests read to see what the page sees. */
export interface CallHook {
  readonly state: CallState;
  /** As of the last second; undefined before the first. */
  readonly counters: Counters | undefined;
  readonly rates: Rates | undefined;
  /** The newest, oldest first. */
  readonly events: readonly MediaEvent[];
}
