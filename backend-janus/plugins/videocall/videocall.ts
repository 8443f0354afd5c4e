import type { HandlePort, Plugin, PluginSession } from '#janus/gateway';
import type { MediaRouter } from '#janus/media';
import { Switchboard } from './switchboard.ts';
import { VideocallSession } from './videocall-session.ts';

/** Lets two clients call each other by username: the counterpart of `janus.plugin.videocall`. */
export class Videocall implements Plugin {
  readonly package = 'janus.plugin.videocall';
  readonly name = 'Bifrons VideoCall plugin';
  readonly version = 6;
  readonly description = 'Lets two clients call each other, and relays what they send.';
  readonly #switchboard: Switchboard;

  constructor(router: MediaRouter) {
    this.#switchboard = new Switchboard(router);
  }

  createSession(handle: HandlePort): PluginSession {
    return new VideocallSession(handle, this.#switchboard);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
