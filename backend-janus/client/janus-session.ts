import { MediaError } from '#schemas';
import { ConnectionLost, type Clock } from '#services/kernel';
import type { JanusEvent } from '#janus/protocol';
import type { JanusConnection } from './janus-connection.ts';
import { JanusHandle } from './janus-handle.ts';
import { patience } from './patience.ts';
import { idOf } from './transactions.ts';

/** A third of the 60 s after which Janus gives a session up, as NkMEDIA had it. */
const keepaliveMs = 20_000;

/** How long the end of a session may take before it is left to Janus' own timeout. */
const farewellMs = 4_000;

/** What a session stands on, and who hears of it. */
export interface JanusSessionParts {
  readonly connection: JanusConnection;
  readonly clock: Clock;
  /**
   * Told all events of the session, those of its handles included, in order and none once it is being disposed.
   * `timeout` also comes when Janus does not answer a keepalive; the end of the connection does not come here.
   */
  onEvent(event: JanusEvent): void;
}

/** A session of Janus, kept alive until it is disposed, which destroys it with all its handles. */
export class JanusSession implements AsyncDisposable {
  readonly id: number;
  readonly #parts: JanusSessionParts;
  readonly #closing = new AbortController();
  readonly #subscription: Disposable;
  #timer: Disposable;
  #end: Promise<void> | undefined;

  private constructor(id: number, parts: JanusSessionParts) {
    this.id = id;
    this.#parts = parts;
    this.#subscription = parts.connection.subscribe(id, (event) => parts.onEvent(event));
    this.#timer = this.#nextKeepalive();
  }

  /** Rejects as `JanusConnection.request` does; a session whose opening was aborted leaves nothing behind. */
  static async open(parts: JanusSessionParts, signal: AbortSignal): Promise<JanusSession> {
    const id = idOf(await parts.connection.request({ janus: 'create' }, signal));
    if (id === undefined) throw new TypeError('Janus made a session without an id');
    return new JanusSession(id, parts);
  }

  /** Attaches to a plugin by its package name. `opaqueId` appears in the Admin API and in events of Janus. */
  async attach(plugin: string, opaqueId: string, signal: AbortSignal): Promise<JanusHandle> {
    const { connection } = this.#parts;
    const request = { janus: 'attach', session_id: this.id, plugin, opaque_id: opaqueId } as const;
    const id = idOf(await connection.request(request, signal));
    if (id === undefined) throw new TypeError('Janus made a handle without an id');
    return new JanusHandle(connection, this.id, id);
  }

  /** Takes 4 s at most and never rejects: whatever keeps Janus from answering also ends the session, sooner or later. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= this.#destroy();
    return this.#end;
  }

  async #destroy(): Promise<void> {
    this.#closing.abort(new Error('the session is being destroyed'));
    this.#subscription[Symbol.dispose]();
    this.#timer[Symbol.dispose]();
    using limit = patience(this.#parts.clock, farewellMs);
    try {
      await this.#parts.connection.request({ janus: 'destroy', session_id: this.id }, limit.signal);
    } catch {
      // Refused, lost or silent: the session is gone, or goes when Janus hears no keepalive any more.
    }
  }

  #nextKeepalive(): Disposable {
    const { clock } = this.#parts;
    return clock.at(clock.now() + keepaliveMs, () => void this.#keepAlive());
  }

  async #keepAlive(): Promise<void> {
    const { signal } = this.#closing;
    try {
      await this.#parts.connection.request({ janus: 'keepalive', session_id: this.id }, signal);
    } catch (cause) {
      if (signal.aborted || cause instanceof ConnectionLost) return;
      if (!isBusy(cause)) {
        this.#parts.onEvent({ janus: 'timeout' });
        return;
      }
    }
    if (!signal.aborted) this.#timer = this.#nextKeepalive();
  }
}

/** It was not even sent; the next one may be. */
function isBusy(cause: unknown): boolean {
  return cause instanceof MediaError && cause.code === 'busy';
}
