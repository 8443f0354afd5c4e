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

/** One audio or video m-line of who sends, forwarded to who takes it. */
interface Line {
  readonly kind: 'audio' | 'video';
  /** The other side takes it, as negotiated last. */
  readonly isWanted: boolean;
  readonly subscription: Subscription | undefined;
  /** Its encodings by their layers; 0 without simulcast. */
  readonly sources: Map<number, Source>;
}

/** Which media goes to the other side. */
export interface Flowing {
  readonly audio: boolean;
  readonly video: boolean;
}

/** One of the layers that go out has changed. */
export type LayerChange = { readonly substream: number } | { readonly temporal: number };

/** From whose handle to whose; both may be one. */
export interface RelayEnds {
  /** Names who sends in the router, and nobody else. */
  readonly publisher: string;
  readonly from: HandlePort;
  readonly to: HandlePort;
}

/**
 * The media of one client on its way to another, or back to itself: each stream is published in the router, and the
 * other side subscribes to it by the same mid.
 */
export class MediaRelay implements Disposable {
  readonly #ends: RelayEnds;
  readonly #router: MediaRouter;
  readonly #onLayers: (change: LayerChange) => void;
  readonly #lines = new Map<string, Line>();
  /** By mid. */
  readonly #told = new Map<string, ForwardedLayers>();
  #target: LayerTarget = {};

  /** `onLayers` is told when other layers of a stream reach the other side than before, not when they are asked for. */
  constructor(ends: RelayEnds, router: MediaRouter, onLayers: (change: LayerChange) => void) {
    this.#ends = ends;
    this.#router = router;
    this.#onLayers = onLayers;
  }

  /**
   * Follows what was negotiated with who takes it, directions as we see them: streams that go on keep their numbering,
   * those that are gone end.
   */
  follow(plans: readonly Pick<StreamPlan, 'mid' | 'kind' | 'direction'>[]): void {
    const planned = new Set(plans.map(({ mid }) => mid));
    for (const mid of [...this.#lines.keys()]) if (!planned.has(mid)) this.#end(mid);
    for (const plan of plans) this.#subscribe(plan);
  }

  /** Where the packets of one encoding go; a new encoding takes the place of the one before on its m-line. */
  open(mid: string, { parameters, rid, layer }: Encoding): RtpSink {
    const id = { ...this.#id(mid), ...(layer !== undefined && { layer }) };
    const source = this.#router.publish(id, parameters, () => this.#ends.from.sendPli(mid, rid));
    this.#line(mid, parameters.kind).sources.set(layer ?? 0, source);
    return source;
  }

  /** Which layers of simulcast go to the other side, and which of time. */
  set target(target: LayerTarget) {
    this.#target = target;
    for (const { subscription } of this.#lines.values()) if (subscription) subscription.target = target;
  }

  /** What goes there at present of the first stream with simulcast; undefined if there is none. */
  get layers(): ForwardedLayers | undefined {
    const layers = [...this.#lines.values()].map(({ subscription }) => subscription?.layers);
    return layers.find((one) => one?.substream !== undefined);
  }

  /** What goes there at present of one stream; undefined if it does not go. */
  layersOf(mid: string): ForwardedLayers | undefined {
    return this.#lines.get(mid)?.subscription?.layers;
  }

  setFlowing(flowing: Flowing): void {
    for (const { kind, isWanted, subscription } of this.#lines.values())
      subscription?.setPaused(!isWanted || !flowing[kind]);
  }

  kindOf(mid: string): 'audio' | 'video' | undefined {
    return this.#lines.get(mid)?.kind;
  }

  [Symbol.dispose](): void {
    for (const mid of [...this.#lines.keys()]) this.#end(mid);
  }

  #subscribe({ mid, kind, direction }: Pick<StreamPlan, 'mid' | 'kind' | 'direction'>): void {
    if (mid === undefined || kind === 'data') return;
    const isWanted = direction === 'sendrecv' || direction === 'sendonly';
    const before = this.#line(mid, kind);
    const subscription = before.subscription ?? (isWanted ? this.#forward(mid) : undefined);
    this.#lines.set(mid, { ...before, kind, isWanted, subscription });
  }

  #line(mid: string, kind: 'audio' | 'video'): Line {
    const known = this.#lines.get(mid);
    if (known !== undefined) return known;
    const line = { kind, isWanted: false, subscription: undefined, sources: new Map<number, Source>() };
    this.#lines.set(mid, line);
    return line;
  }

  #forward(mid: string): Subscription {
    const subscription = this.#router.subscribe(this.#id(mid), this.#ends.to.sender(mid), (layers) =>
      this.#tellLayers(mid, layers),
    );
    subscription.target = this.#target;
    return subscription;
  }

  #tellLayers(mid: string, layers: ForwardedLayers): void {
    const before = this.#told.get(mid) ?? {};
    this.#told.set(mid, layers);
    const { substream, temporal } = layers;
    if (substream !== undefined && substream !== before.substream) this.#onLayers({ substream });
    if (temporal !== undefined && temporal !== before.temporal) this.#onLayers({ temporal });
  }

  #end(mid: string): void {
    const line = this.#lines.get(mid);
    line?.subscription?.[Symbol.dispose]();
    for (const source of line?.sources.values() ?? []) source[Symbol.dispose]();
    this.#lines.delete(mid);
    this.#told.delete(mid);
  }

  #id(mid: string): { readonly publisher: string; readonly mid: string } {
    return { publisher: this.#ends.publisher, mid };
  }
}
