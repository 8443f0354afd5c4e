import type { CommandHandler } from '../../command-table.ts';
import type { Subscriptions } from '../../subscriptions.ts';
import { wordsOf } from './pattern.ts';

/** Lists what the caller is subscribed to, what the server did for it included. */
export function getSubscriptions(
  subscriptions: Subscriptions,
): CommandHandler<'core.event.get_subscriptions'> {
  return (_data, { caller }) =>
    subscriptions.of(caller).map(({ body, ...pattern }) => ({
      ...wordsOf(pattern),
      ...(body !== undefined && { body }),
    }));
}
