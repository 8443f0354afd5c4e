import type { HandlePort } from '#janus/gateway';
import type { Encoding, MediaRouter, RtpSink, Source, StreamPlan, Subscription } from '#janus/media';

/** One audio or video m-line of a client, forwarded to itself. */
interface Loop {
  readonly kind: 'audio' | 'video';
  /** The client takes it back, as negotiated last. */
  readonly isWanted: boolean;
  readonly subscription: Subscription | undefined;
  readonly source: Source | undefined;
}

/** Which media of a client goes back to it. */
export interface Flowing {
  readonly audio: boolean;
  readonly video: boolean;
}

/** The media of one client on its way back: each stream is published in the router, and its client subscribes to it. */
export class EchoLoops implements Disposable {
  readonly #handle: HandlePort;
  readonly #router: MediaRouter;
  readonly #publisher: string;
  readonly #loops = new Map<string, Loop>();

  constructor(handle: HandlePort, router: MediaRouter) {
    this.#handle = handle;
    this.#router = router;
    this.#publisher = `echotest/${handle.sessionId}/${handle.handleId}`;
  }

  /** Follows what was negotiated: streams that go on keep their numbering, those that are gone end. */
  follow(plans: readonly StreamPlan[]): void {
    const planned = new Set(plans.map(({ mid }) => mid));
    for (const mid of [...this.#loops.keys()]) if (!planned.has(mid)) this.#end(mid);
    for (const plan of plans) this.#subscribe(plan);
  }

  /** Where the packets of one encoding go; a new encoding takes the place of the one before on its m-line. */
  open(mid: string, { parameters }: Encoding): RtpSink {
    const source = this.#router.publish(this.#id(mid), parameters, () => this.#handle.sendPli(mid));
    const { kind } = parameters;
    const loop = this.#loops.get(mid) ?? { kind, isWanted: false, subscription: undefined };
    this.#loops.set(mid, { ...loop, source });
    return source;
  }

  setFlowing(flowing: Flowing): void {
    for (const { kind, isWanted, subscription } of this.#loops.values())
      subscription?.setPaused(!isWanted || !flowing[kind]);
  }

  kindOf(mid: string): 'audio' | 'video' | undefined {
    return this.#loops.get(mid)?.kind;
  }

  [Symbol.dispose](): void {
    for (const mid of [...this.#loops.keys()]) this.#end(mid);
  }

  #subscribe({ mid, kind, direction }: StreamPlan): void {
    if (mid === undefined || kind === 'data') return;
    const isWanted = direction === 'sendrecv' || direction === 'sendonly';
    const before = this.#loops.get(mid);
    const subscription = before?.subscription ?? (isWanted ? this.#forward(mid) : undefined);
    this.#loops.set(mid, { kind, isWanted, subscription, source: before?.source });
  }

  #forward(mid: string): Subscription {
    return this.#router.subscribe(this.#id(mid), this.#handle.sender(mid));
  }

  #end(mid: string): void {
    const loop = this.#loops.get(mid);
    loop?.subscription?.[Symbol.dispose]();
    loop?.source?.[Symbol.dispose]();
    this.#loops.delete(mid);
  }

  #id(mid: string): { readonly publisher: string; readonly mid: string } {
    return { publisher: this.#publisher, mid };
  }
}
