import type { JanusRequest, JanusTrickle, Jsep } from '#janus/protocol';
import type { JanusConnection } from './janus-connection.ts';

/** What a plugin said in answer to a message. */
export interface PluginAnswer {
  readonly data: object;
  readonly jsep?: Jsep;
}

/** A handle: one plugin attached in one session of Janus. Its methods reject as `JanusConnection.request` does. */
export class JanusHandle {
  readonly id: number;
  readonly #connection: JanusConnection;
  readonly #sessionId: number;

  constructor(connection: JanusConnection, sessionId: number, id: number) {
    this.id = id;
    this.#connection = connection;
    this.#sessionId = sessionId;
  }

  /** Resolves with the plugin's answer, whether it came at once or as an event. */
  async message(body: object, jsep: Jsep | undefined, signal: AbortSignal): Promise<PluginAnswer> {
    const reply = await this.#request({ janus: 'message', body, ...(jsep && { jsep }), ...this.#on }, signal);
    const answeredWith = reply.janus === 'event' ? reply.jsep : undefined;
    return { data: reply.plugindata?.data ?? {}, ...(answeredWith && { jsep: answeredWith }) };
  }

  /** Gives Janus one of our candidates, or the end of them. */
  async trickle(candidate: JanusTrickle, signal: AbortSignal): Promise<void> {
    await this.#request({ janus: 'trickle', candidate, ...this.#on }, signal);
  }

  /** Ends the peer connection; the handle may negotiate another one. */
  async hangup(signal: AbortSignal): Promise<void> {
    await this.#request({ janus: 'hangup', ...this.#on }, signal);
  }

  async detach(signal: AbortSignal): Promise<void> {
    await this.#request({ janus: 'detach', ...this.#on }, signal);
  }

  get #on(): { readonly session_id: number; readonly handle_id: number } {
    return { session_id: this.#sessionId, handle_id: this.id };
  }

  #request(message: JanusRequest, signal: AbortSignal): ReturnType<JanusConnection['request']> {
    return this.#connection.request(message, signal);
  }
}
