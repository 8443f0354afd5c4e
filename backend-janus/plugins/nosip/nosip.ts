import type { HandlePort, Plugin, PluginSession } from '#janus/gateway';
import type { NoSipParts } from './bridge.ts';
import { NoSipSession } from './nosip-session.ts';

/** Bridges WebRTC and plain RTP, whose SDP somebody else carries: the counterpart of `janus.plugin.nosip`. */
export class NoSip implements Plugin {
  readonly package = 'janus.plugin.nosip';
  readonly name = 'Bifrons NoSIP plugin';
  readonly version = 1;
  readonly description = 'Bridges WebRTC and plain RTP; the signalling is up to the application.';
  readonly #parts: NoSipParts;

  constructor(parts: NoSipParts) {
    this.#parts = parts;
  }

  createSession(handle: HandlePort): PluginSession {
    return new NoSipSession(handle, this.#parts);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
