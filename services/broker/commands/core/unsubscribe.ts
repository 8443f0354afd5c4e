import type { CommandHandler } from '../../command-table.ts';
import type { Subscriptions } from '../../subscriptions.ts';
import { patternOf } from './pattern.ts';

/** Ends the subscription that was made with the same fields. None is no error. */
export function unsubscribe(subscriptions: Subscriptions): CommandHandler<'core.event.unsubscribe'> {
  return (data, { caller }) => {
    subscriptions.remove(caller, patternOf(data));
    return {};
  };
}
