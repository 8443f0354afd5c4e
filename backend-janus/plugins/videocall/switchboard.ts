import { Table } from '#services/kernel';
import { PluginError } from '#janus/gateway';
import type { MediaRouter } from '#janus/media';
import { Call } from './call.ts';
import type { Party } from './party.ts';
import { videocallErrors } from './videocall-request.ts';

/** Users of one engine; each costs an entry for as long as its handle lives. */
const mostUsers = 10_000;

/** Characters of a name, which goes into events of others. */
const longestName = 256;

/** Who can be called, by username, and who is in a call. */
export class Switchboard {
  readonly #router: MediaRouter;
  readonly #parties = new Table<string, Party>();
  readonly #calls = new Map<Party, Call>();

  constructor(router: MediaRouter) {
    this.#router = router;
  }

  get usernames(): readonly string[] {
    return [...this.#parties.keys()];
  }

  find(username: string): Party | undefined {
    return this.#parties.get(username);
  }

  /** Throws PluginError 474, 476 and 477, and 499 if it is full. */
  register(party: Party, username: string): void {
    const { alreadyRegistered, usernameTaken, invalidElement, unknown } = videocallErrors;
    if (party.username !== undefined)
      throw new PluginError(alreadyRegistered, `Already registered (${party.username})`);
    if (username.length > longestName)
      throw new PluginError(
        invalidElement,
        `Invalid value (username should have ${longestName} characters at most)`,
      );
    if (this.#parties.has(username))
      throw new PluginError(usernameTaken, `Username '${username}' already taken`);
    if (this.#parties.size >= mostUsers) throw new PluginError(unknown, 'Too many users');
    this.#parties.set(username, party);
    party.username = username;
  }

  /** The call that `party` is in; undefined while it is free. */
  callOf(party: Party): Call | undefined {
    return this.#calls.get(party);
  }

  /** Both are taken from now on until the call is over. */
  connect(caller: Party, callee: Party): Call {
    const call = new Call(caller, callee, this.#router, () => {
      this.#calls.delete(caller);
      this.#calls.delete(callee);
    });
    this.#calls.set(caller, call).set(callee, call);
    return call;
  }

  /** Forgets who is gone. */
  remove({ username }: Party): void {
    if (username !== undefined) this.#parties.delete(username);
  }
}
