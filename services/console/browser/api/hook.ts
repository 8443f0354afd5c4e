// Shapes of the API page. No DOM here: Node's tests read them too.
import type { JsonObject } from '../json.ts';
import type { MediaEvent } from '../wire.ts';

/** The last reply. */
export interface ReplyShown {
  readonly isOk: boolean;
  /** As it came. */
  readonly message: JsonObject;
  readonly tookMs: number;
}

/** `window.bifrons` of the API page: what tests read to see what the page sees. */
export interface ApiHook {
  readonly connection: 'connecting' | 'open' | 'closed';
  /** Names of the commands offered. */
  readonly commands: readonly string[];
  readonly reply: ReplyShown | undefined;
  /** The newest, oldest first. */
  readonly events: readonly MediaEvent[];
}
