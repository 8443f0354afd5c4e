// Shapes that the parts of the echo page share. No DOM here: Node's tests read them too.
import type { Counters, Rates } from '../media/counters.ts';
import type { LegState } from '../media/leg-state.ts';
import type { MediaEvent } from '../wire.ts';

/** Where an echo session stands. */
export type SessionState = LegState | { readonly name: 'connecting' };

/** Where the page stands: before its session, then as its session. */
export type PageState = SessionState | { readonly name: 'idle' | 'opening' };

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
