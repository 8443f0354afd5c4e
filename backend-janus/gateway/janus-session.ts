import { unreachable, type Machine } from '#services/kernel';

/** How long a session lives without a sign of its client. */
export interface SessionTimeouts {
  /** While its client is connected, in milliseconds; 0 for ever. */
  readonly sessionTimeoutMs: number;
  /** Once its client is gone, in milliseconds; 0 ends it at once. */
  readonly reclaimTimeoutMs: number;
}

/** Everything that can happen to a Janus session. */
export type JanusSessionInput =
  /** A request named it. */
  { readonly type: 'touched' | 'claimed' | 'client_gone' | 'destroy' };

/** Why a Janus session is over. */
export type JanusSessionEnd = 'destroyed' | 'timeout' | 'client_gone';

/** Everything a Janus session wants done: its one output is its last. */
export type JanusSessionOutput = { readonly type: 'ended'; readonly reason: JanusSessionEnd };

type State =
  { readonly name: 'attached' | 'lost'; readonly lastActivity: number } | { readonly name: 'ended' };

/** Life and death of one Janus session: activity, the loss of its client, and the claim that saves it. */
export class JanusSession implements Machine<JanusSessionInput, JanusSessionOutput> {
  readonly #timeouts: SessionTimeouts;
  #state: State;

  constructor(timeouts: SessionTimeouts, now: number) {
    this.#timeouts = timeouts;
    this.#state = { name: 'attached', lastActivity: now };
  }

  get deadline(): number | undefined {
    const state = this.#state;
    if (state.name === 'ended') return undefined;
    const { sessionTimeoutMs, reclaimTimeoutMs } = this.#timeouts;
    if (state.name === 'lost') return state.lastActivity + reclaimTimeoutMs;
    return sessionTimeoutMs === 0 ? undefined : state.lastActivity + sessionTimeoutMs;
  }

  tick(now: number): JanusSessionOutput[] {
    return this.deadline === undefined || now < this.deadline ? [] : this.#end('timeout');
  }

  handle(input: JanusSessionInput, now: number): JanusSessionOutput[] {
    const state = this.#state;
    if (state.name === 'ended') return [];
    switch (input.type) {
      case 'touched':
        this.#state = { ...state, lastActivity: now };
        return [];
      case 'claimed':
        this.#state = { name: 'attached', lastActivity: now };
        return [];
      case 'client_gone':
        if (this.#timeouts.reclaimTimeoutMs === 0) return this.#end('client_gone');
        this.#state = { name: 'lost', lastActivity: now };
        return [];
      case 'destroy':
        return this.#end('destroyed');
      default:
        return unreachable(input.type);
    }
  }

  #end(reason: JanusSessionEnd): JanusSessionOutput[] {
    this.#state = { name: 'ended' };
    return [{ type: 'ended', reason }];
  }
}
