import { MediaError } from '#schemas';
import type { CommandHandler } from '../../command-table.ts';
import { anyone } from '../../serve.ts';
import type { Subscriptions } from '../../subscriptions.ts';

/**
 * Lets any user in, while authentication is off. A connection then hears what concerns its user and itself. Throws
 * MediaError `already_authenticated` on a connection that has done so before.
 */
export function logIn(subscriptions: Subscriptions): CommandHandler<'core.user.login'> {
  return ({ user = anyone.user }, { caller }) => {
    if (user === '') throw new MediaError('syntax_error', 'user', { hint: 'data.user must not be empty' });
    caller.logIn({ ...anyone, user });
    if (!caller.takesEvents) return { session_id: caller.id };
    const about = { class: 'core', types: undefined };
    subscriptions.add(caller, { ...about, subclass: 'user_event', obj_id: user });
    subscriptions.add(caller, { ...about, subclass: 'session_event', obj_id: caller.id });
    return { session_id: caller.id };
  };
}
