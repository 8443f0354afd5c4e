import type { HandlePort } from '#janus/gateway';
import type {
  Encoding,
  ForwardedLayers,
  LayerTarget,
  MediaRouter,
  RtpSink,
  Source,
  StreamPlan,
  Subscription,
} from '#janus/media';

/** One audio or video m-line of a client, forwarded to itself. */
interface Loop {
  readonly kind: 'audio' | 'video';
  /** The client takes it back, as negotiated last. */
  readonly isWanted: boolean;
  readonly subscription: Subscription | undefined;
  /** Its encodings by their layers; 0 without simulcast. */
  readonly sources: Map<number, Source>;
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
  readonly #onLayers: (mid: string, layers: ForwardedLayers) => void;
  readonly #loops = new Map<string, Loop>();
  #target: LayerTarget = {};

  /** `onLayers` is told when other layers of a stream come back than before. */
  constructor(
    handle: HandlePort,
    router: MediaRouter,
    onLayers: (mid: string, layers: ForwardedLayers) => void,
  ) {
    this.#handle = handle;
    this.#router = router;
    this.#onLayers = onLayers;
    this.#publisher = `echotest/${handle.sessionId}/${handle.handleId}`;
  }

  /** Follows what was negotiated: streams that go on keep their numbering, those that are gone end. */
  follow(plans: readonly StreamPlan[]): void {
    const planned = new Set(plans.map(({ mid }) => mid));
    for (const mid of [...this.#loops.keys()]) if (!planned.has(mid)) this.#end(mid);
    for (const plan of plans) this.#subscribe(plan);
  }

  /** Where the packets of one encoding go; a new encoding takes the place of the one before on its m-line. */
  open(mid: string, { parameters, rid, layer }: Encoding): RtpSink {
    const id = { ...this.#id(mid), ...(layer !== undefined && { layer }) };
    const source = this.#router.publish(id, parameters, () => this.#handle.sendPli(mid, rid));
    this.#loop(mid, parameters.kind).sources.set(layer ?? 0, source);
    return source;
  }

  /** Which layers of simulcast come back, and which of time. */
  set target(target: LayerTarget) {
    this.#target = target;
    for (const { subscription } of this.#loops.values()) if (subscription) subscription.target = target;
  }

  /** What comes back at present of the first stream with simulcast; undefined if there is none. */
  get layers(): ForwardedLayers | undefined {
    const layers = [...this.#loops.values()].map(({ subscription }) => subscription?.layers);
    return layers.find((one) => one?.substream !== undefined);
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
    const before = this.#loop(mid, kind);
    const subscription = before.subscription ?? (isWanted ? this.#forward(mid) : undefined);
    this.#loops.set(mid, { ...before, kind, isWanted, subscription });
  }

  #loop(mid: string, kind: 'audio' | 'video'): Loop {
    const known = this.#loops.get(mid);
    if (known !== undefined) return known;
    const loop = { kind, isWanted: false, subscription: undefined, sources: new Map<number, Source>() };
    this.#loops.set(mid, loop);
    return loop;
  }

  #forward(mid: string): Subscription {
    const onLayers = (layers: ForwardedLayers): void => this.#onLayers(mid, layers);
    const subscription = this.#router.subscribe(this.#id(mid), this.#handle.sender(mid), onLayers);
    subscription.target = this.#target;
    return subscription;
  }

  #end(mid: string): void {
    const loop = this.#loops.get(mid);
    loop?.subscription?.[Symbol.dispose]();
    for (const source of loop?.sources.values() ?? []) source[Symbol.dispose]();
    this.#loops.delete(mid);
  }

  #id(mid: string): { readonly publisher: string; readonly mid: string } {
    return { publisher: this.#publisher, mid };
  }
}
