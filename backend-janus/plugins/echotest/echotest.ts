import type { HandlePort, Plugin, PluginSession } from '#janus/gateway';
import type { MediaRouter } from '#janus/media';
import { EchoSession } from './echo-session.ts';

/** Sends back to each client what it sends: the counterpart of `janus.plugin.echotest`. */
export class EchoTest implements Plugin {
  readonly package = 'janus.plugin.echotest';
  readonly name = 'Bifrons EchoTest plugin';
  readonly version = 7;
  readonly description = 'Sends back to each client the audio, video and data that it sends.';
  readonly #router: MediaRouter;

  constructor(router: MediaRouter) {
    this.#router = router;
  }

  createSession(handle: HandlePort): PluginSession {
    return new EchoSession(handle, this.#router);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
