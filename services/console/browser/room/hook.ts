// Shapes that the parts of the room page share. No DOM here: Node's tests read them too.
import type { Counters, Rates } from '../media/counters.ts';
import type { LegState } from '../media/leg-state.ts';
import type { MediaEvent } from '../wire.ts';
import type { Member } from './members.ts';
import type { Message } from './messages.ts';

/** The publisher on show, and how far its leg is. */
export interface Watched {
  readonly publisherId: string;
  readonly leg: LegState;
}

/** Where the page stands. */
export type RoomState =
  | { readonly name: 'outside' | 'entering' }
  /** `sending` and `watching` are absent when there is no such leg, `left` once somebody else is watched. */
  | {
      readonly name: 'inside';
      readonly roomId: string;
      readonly sending?: LegState;
      readonly watching?: Watched;
      /** Name of the publisher that was watched last, if it has left. */
      readonly left?: string;
    };

/** `window.bifrons` of the room page: what tests read to see what the page sees. */
export interface RoomHook {
  readonly state: RoomState;
  readonly members: readonly Member[];
  readonly messages: readonly Message[];
  /** As of the last second; undefined before the first. */
  readonly counters: Counters | undefined;
  readonly rates: Rates | undefined;
  /** The newest, oldest first. */
  readonly events: readonly MediaEvent[];
}
