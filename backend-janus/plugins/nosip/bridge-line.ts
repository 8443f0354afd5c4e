import type { HandlePort } from '#janus/gateway';
import type {
  Direction,
  Encoding,
  MediaRouter,
  PlainAgreement,
  PlainRtp,
  RtpSink,
  Source,
  Subscription,
} from '#janus/media';

/** What surrounds the lines of one bridge. */
export interface LineSurroundings {
  readonly handle: HandlePort;
  readonly router: MediaRouter;
}

/**
 * One m-line of a bridge: what the browser sends goes to the plain leg, and what comes there to the browser. Payloads
 * pass as they are; payload types, SSRC, sequence numbers and timestamps are those of each side.
 */
export class BridgeLine implements Disposable {
  readonly leg: PlainRtp;
  readonly #handle: HandlePort;
  readonly #router: MediaRouter;
  readonly #name: string;
  readonly #receiving: Disposable;
  #mid: string | undefined;
  #fromBrowser: Source | undefined;
  #fromPeer: Source | undefined;
  #toPeer: Subscription | undefined;
  #toBrowser: Subscription | undefined;

  constructor({ handle, router }: LineSurroundings, leg: PlainRtp) {
    this.leg = leg;
    this.#handle = handle;
    this.#router = router;
    this.#name = `nosip/${handle.sessionId}/${handle.handleId}`;
    this.#receiving = leg.receive((encoding) => this.#publishPeer(encoding));
  }

  /**
   * Carries the m-line `mid` from now on, as it was agreed on both sides. `direction` is what the browser was told of
   * us; while it is not to send or receive, numbers go on without a gap.
   */
  carry(mid: string, direction: Direction, agreement: PlainAgreement | undefined): void {
    this.#mid = mid;
    if (agreement !== undefined) this.leg.agreed(agreement);
    this.#toPeer ??= this.#router.subscribe(this.#id('user', mid), this.leg.sender);
    this.#toPeer.setPaused(agreement?.sends !== true);
    const isWanted = direction === 'sendrecv' || direction === 'sendonly';
    if (isWanted) this.#toBrowser ??= this.#router.subscribe(this.#id('peer', mid), this.#handle.sender(mid));
    this.#toBrowser?.setPaused(!isWanted);
  }

  /** Where the packets of the browser go. */
  open({ parameters }: Encoding, mid: string): RtpSink {
    this.#fromBrowser = this.#router.publish(this.#id('user', mid), parameters, () =>
      this.#handle.sendPli(mid),
    );
    return this.#fromBrowser;
  }

  [Symbol.dispose](): void {
    this.#receiving[Symbol.dispose]();
    const parts = [this.#toPeer, this.#toBrowser, this.#fromBrowser, this.#fromPeer];
    for (const part of parts) part?.[Symbol.dispose]();
    // It never rejects, and whoever made the leg waits for those that are not closed yet.
    void this.leg[Symbol.asyncDispose]();
  }

  #publishPeer({ parameters }: Encoding): RtpSink {
    this.#fromPeer = this.#router.publish(this.#id('peer', this.#mid ?? ''), parameters, () =>
      this.leg.requestKeyframe(),
    );
    return this.#fromPeer;
  }

  #id(side: 'user' | 'peer', mid: string): { readonly publisher: string; readonly mid: string } {
    return { publisher: `${this.#name}/${side}`, mid };
  }
}
