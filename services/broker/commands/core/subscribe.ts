import { MediaError } from '#schemas';
import type { CommandHandler } from '../../command-table.ts';
import { limitSize } from '../../requests/opaque.ts';
import { any, type Subscriptions } from '../../subscriptions.ts';
import { patternOf } from './pattern.ts';

/** Characters of JSON that a caller may have added to each of its events. */
export const longestBody = 16_384;

/**
 * Sends the caller the events that match. Where a transport takes no events, answers those of one object that are
 * kept; without `obj_id` and `after_seq` that is `not_implemented`.
 */
export function subscribe(subscriptions: Subscriptions): CommandHandler<'core.event.subscribe'> {
  return ({ body, after_seq, ...words }, { caller }) => {
    const pattern = patternOf(words);
    limitSize('body', body, longestBody);
    if (after_seq !== undefined && pattern.obj_id === any)
      throw new MediaError('invalid_parameters', undefined, { hint: 'data.after_seq needs data.obj_id' });
    if (!caller.takesEvents) {
      if (after_seq === undefined) throw new MediaError('not_implemented', undefined, { hint: elsewhere });
      return {
        events: subscriptions

          .kept(caller, pattern, after_seq)
          .map((event) => ({ ...event, body: { ...event.body } })),
      };
    }
    subscriptions.add(caller, { ...pattern, ...(body !== undefined && { body }) }, after_seq);
    return {};
  };
}

const elsewhere =
  'events do not come this way: take the NATS subjects media.event.<subclass>.<obj_id>.<type> or a WebSocket, ' +
  'or give data.obj_id and data.after_seq to be answered the events that are kept';
