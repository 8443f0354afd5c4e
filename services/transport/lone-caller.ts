import { MediaError } from '#schemas';
import { anyone, type Caller } from '#services/broker';

/**
 * A caller known only by its request: no connection to lose, nowhere to send events, nothing to log in to.
 * Its sessions live by their timers.
 */
export function loneCaller(id: string): Caller {
  return {
    id,
    principal: anyone,
    takesEvents: false,
    logIn: () => undefined,
    push: () => undefined,
    ask: () => Promise.reject(new MediaError('not_implemented')),
    onGone: () => ({ [Symbol.dispose]: () => undefined }),
  };
}
