import { JanusError, type JanusConnection, type PluginAnswer } from '#janus/client';
import type { JanusEvent, JanusReply, JanusRequest, Jsep } from '#janus/protocol';
import { ConnectionLost, unreachable } from '#services/kernel';

type Listener = (event: JanusEvent) => void;
type OnHandle = Extract<JanusRequest, { readonly handle_id: number }>;

/** What the fake's one plugin says to a message; throws JanusError to refuse it. */
export type FakePlugin = (body: object, jsep: Jsep | undefined) => PluginAnswer | Promise<PluginAnswer>;

/** As echotest: answers an offer, takes settings, refuses a message that holds neither. */
export const fakeEchotest: FakePlugin = (body, jsep) => {
  if (jsep === undefined && Object.keys(body).length === 0)
    throw new JanusError(413, 'Invalid element (no supported attributes)', 'janus.plugin.echotest');
  const answer = { type: 'answer', sdp: 'v=0 fake answer' } as const;
  return { data: { echotest: 'event', result: 'ok' }, ...(jsep && { jsep: answer }) };
};

/** A Janus that answers at once, remembers what it was asked, and says and loses what a test tells it to. */
export class FakeJanusConnection implements JanusConnection {
  readonly asked: JanusRequest[] = [];
  /** The handles of each session. */
  readonly sessions = new Map<number, Set<number>>();
  /** Verbs that are heard and never answered. */
  readonly unanswered = new Set<JanusRequest['janus']>();
  /** Under `bifrons` in `info`. */
  extensions: readonly string[] = ['echotest.data'];
  plugin: FakePlugin = fakeEchotest;
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #lost = new AbortController();
  readonly lost = this.#lost.signal;
  #ids = 0;

  async request(message: JanusRequest, signal: AbortSignal): Promise<JanusReply> {
    this.lost.throwIfAborted();
    signal.throwIfAborted();
    this.asked.push(message);
    const ends = [rejection(this.lost), rejection(signal)];
    try {
      const answer = this.unanswered.has(message.janus) ? [] : [this.#answerLater(message, signal)];
      return await Promise.race([...ends.map(({ promise }) => promise), ...answer]);
    } finally {
      for (const end of ends) end[Symbol.dispose]();
    }
  }

  subscribe(sessionId: number, listener: Listener): Disposable {
    const listeners = this.#listeners.get(sessionId) ?? new Set();
    this.#listeners.set(sessionId, listeners.add(listener));
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  }

  /** Tells the listeners of one session something, later but in order. */
  emit(sessionId: number, event: JanusEvent): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners.get(sessionId) ?? []) listener(event);
    });
  }

  lose(): void {
    this.sessions.clear();
    this.#lost.abort(new ConnectionLost('the fake was told to'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.lost.aborted) this.lose();
    return Promise.resolve();
  }

  /** Later, as any Janus; a request that was taken back by then is as good as never made. */
  async #answerLater(message: JanusRequest, signal: AbortSignal): Promise<JanusReply> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.lost.throwIfAborted();
    return this.#answer(message);
  }

  async #answer(message: JanusRequest): Promise<JanusReply> {
    switch (message.janus) {
      case 'info':
        return { janus: 'server_info', data: this.#info() };
      case 'create':
        return this.#create();
      case 'destroy':
        this.#handlesOf(message.session_id);
        this.sessions.delete(message.session_id);
        return { janus: 'success' };
      case 'keepalive':
      case 'claim':
        this.#handlesOf(message.session_id);
        return { janus: message.janus === 'claim' ? 'success' : 'ack' };
      case 'attach':
        this.#ids += 1;
        this.#handlesOf(message.session_id).add(this.#ids);
        return { janus: 'success', data: { id: this.#ids } };
      case 'hangup':
      case 'detach':
      case 'trickle':
      case 'message':
        return this.#onHandle(message);
      default:
        return unreachable(message);
    }
  }

  async #onHandle(message: OnHandle): Promise<JanusReply> {
    const { session_id, handle_id: sender } = message;
    const handles = this.#handlesOf(session_id);
    if (!handles.has(sender)) throw new JanusError(459, `No such handle ${sender} in session ${session_id}`);
    if (message.janus === 'trickle') return { janus: 'ack' };
    if (message.janus === 'message') return this.#message(message);
    if (message.janus === 'detach' && handles.delete(sender))
      this.emit(session_id, { janus: 'detached', sender });
    return { janus: 'success' };
  }

  async #message({ handle_id, body, jsep }: Extract<OnHandle, { janus: 'message' }>): Promise<JanusReply> {
    const said = await this.plugin(body, jsep);
    const plugindata = { plugin: 'janus.plugin.echotest', data: said.data };
    return { janus: 'event', sender: handle_id, plugindata, ...(said.jsep && { jsep: said.jsep }) };
  }

  #create(): JanusReply {
    this.#ids += 1;
    this.sessions.set(this.#ids, new Set());
    return { janus: 'success', data: { id: this.#ids } };
  }

  #handlesOf(sessionId: number): Set<number> {
    const handles = this.sessions.get(sessionId);
    if (handles === undefined) throw new JanusError(458, `No such session ${sessionId}`);
    return handles;
  }

  #info(): object {
    return { name: 'fake', version_string: '1.0.0', bifrons: { extensions: this.extensions } };
  }
}

/** Rejects with the reason of `signal`; disposing stops that. */
function rejection(signal: AbortSignal): Disposable & { readonly promise: Promise<never> } {
  const listening = new AbortController();
  const promise = new Promise<never>((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', fail, { once: true, signal: listening.signal });
  });
  return { promise, [Symbol.dispose]: () => listening.abort() };
}
