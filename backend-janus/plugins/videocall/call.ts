import { PluginError } from '#janus/gateway';
import { NegotiationError, offeredStreams, parseSdp } from '#janus/media';
import type { Encoding, MediaRouter, OfferedStream, RtpSink } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { codecsInUse } from '../shared/codecs-in-use.ts';
import { reversed } from '../shared/mirror-streams.ts';
import { CallFlow } from './call-flow.ts';
import { plansToAnswer, plansToOffer } from './call-plans.ts';
import { hungUp, type Party } from './party.ts';
import { videocallErrors } from './videocall-request.ts';

/** An offer of one side that the other one has not answered yet. */
interface Exchange {
  readonly asker: Party;
  readonly offer: Jsep;
  readonly streams: readonly OfferedStream[];
}

/** How an offer is passed on. */
export interface PassOptions {
  /** The other side looks for a new way too. Default false. */
  readonly restartsIce?: boolean;
}

/**
 * A call of two: what each negotiates with us so that it can talk to the other, the media between them, and the end.
 *
 * Each has a peer connection with us of its own. An offer of the one becomes an offer of ours to the other, with the same
 * m-lines; its answer decides what the first one is answered. Payload types may differ between the two, codecs may not.
 *
 * Known limits: format parameters of the answer are not passed on; the side that is called is not asked for simulcast.
 */
export class Call {
  readonly #caller: Party;
  readonly #callee: Party;
  readonly #fromCaller: CallFlow;
  readonly #fromCallee: CallFlow;
  #state: 'ringing' | 'accepted' | 'over' = 'ringing';
  #exchange: Exchange | undefined;

  readonly #onOver: () => void;

  /** `onOver` is called once, before anyone is told of the end. */
  constructor(caller: Party, callee: Party, router: MediaRouter, onOver: () => void) {
    this.#caller = caller;
    this.#callee = callee;
    this.#fromCaller = new CallFlow(caller, callee, router);
    this.#fromCallee = new CallFlow(callee, caller, router);
    this.#onOver = onOver;
  }

  get isAccepted(): boolean {
    return this.#state === 'accepted';
  }

  /** It waits for `party` to accept it. */
  isFor(party: Party): boolean {
    return this.#state === 'ringing' && party === this.#callee;
  }

  otherOf(party: Party): Party {
    return party === this.#caller ? this.#callee : this.#caller;
  }

  /** What `party` sends. */
  flowFrom(party: Party): CallFlow {
    return party === this.#caller ? this.#fromCaller : this.#fromCallee;
  }

  /** Makes the offer of one side ours, for the other. Throws PluginError 483 if that cannot be. */
  async pass(asker: Party, offer: Jsep, options: PassOptions = {}): Promise<Jsep> {
    if (this.#exchange !== undefined) throw invalidSdp('an offer of this call waits for its answer');
    const streams = offeredStreams(parseSdp(offer.sdp));
    const plans = plansToOffer(streams);
    if (plans.length === 0) throw invalidSdp('nothing is offered that can be relayed');
    const exchange = { asker, offer, streams };
    this.#exchange = exchange;
    try {
      const jsep = await this.otherOf(asker).handle.offer(plans, options);
      this.#expect(exchange);
      return jsep;
    } catch (cause) {
      if (this.#exchange === exchange) this.#exchange = undefined;
      throw refused(cause);
    }
  }

  /**
   * Takes the answer of the side that an offer was passed to; resolves with our answer to the side that offered. Throws
   * PluginError 483 if the answer cannot be used: then another one may come. If the offer cannot be answered after that,
   * the call ends.
   */
  async settle(answerer: Party, answer: Jsep): Promise<Jsep> {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.asker === answerer)
      throw invalidSdp('no offer waits for an answer');
    try {
      await answerer.handle.acceptAnswer(answer);
      this.#expect(exchange);
    } catch (cause) {
      throw refused(cause);
    }
    try {
      return await this.#answer(exchange, offeredStreams(parseSdp(answer.sdp)));
    } catch (cause) {
      this.end();
      throw refused(cause);
    }
  }

  /** Follows what one side set. */
  apply(): void {
    if (this.#state !== 'accepted') return;
    this.#fromCaller.apply();
    this.#fromCallee.apply();
  }

  open(from: Party, mid: string, encoding: Encoding): RtpSink | undefined {
    return this.#state === 'over' ? undefined : this.flowFrom(from).open(mid, encoding);
  }

  /** Over, for both: each hears that the other is gone, and its peer connection closes. */
  end(): void {
    if (this.#state === 'over') return;
    this.abandon();
    const parties = [this.#caller, this.#callee];
    for (const party of parties) {
      const reason = 'Remote WebRTC hangup';
      party.tell(hungUp(this.otherOf(party).username, reason));
      party.handle.notifyEvent({ event: 'hangup', reason });
    }
    for (const { handle } of parties) handle.closePeerConnection('Close PC');
  }

  /** Over before the other side heard of it: nobody is told. */
  abandon(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#exchange = undefined;
    this.#onOver();
    this.#fromCaller[Symbol.dispose]();
    this.#fromCallee[Symbol.dispose]();
    this.#caller.reset();
    this.#callee.reset();
  }

  async #answer({ asker, offer, streams }: Exchange, answered: readonly OfferedStream[]): Promise<Jsep> {
    const exchange = this.#exchange;
    const jsep = await asker.handle.answer(offer, plansToAnswer(streams, answered, offer.rid_order));
    this.#expect(exchange);
    const agreed = offeredStreams(parseSdp(jsep.sdp));
    if (agreed.length === 0) throw invalidSdp('the two sides have no codec in common');
    this.#exchange = undefined;
    this.#state = 'accepted';
    this.#follow(asker, agreed, codecsInUse(jsep.sdp).video_codec);
    return jsep;
  }

  /** Directions are those towards the side that offered; what it sends goes the other way. */
  #follow(asker: Party, agreed: readonly OfferedStream[], videoCodec: string | undefined): void {
    const other = this.otherOf(asker);
    this.#fromCaller.videoCodec = videoCodec;
    this.#fromCallee.videoCodec = videoCodec;
    this.flowFrom(other).follow(agreed);
    this.flowFrom(asker).follow(agreed.map((one) => ({ ...one, direction: reversed(one.direction) })));
    for (const party of [asker, other]) party.limitBitrate();
  }

  #expect(exchange: Exchange | undefined): void {
    if (this.#state === 'over' || this.#exchange !== exchange)
      throw new PluginError(videocallErrors.noCall, 'The call is over');
  }
}

function invalidSdp(text: string): PluginError {
  return new PluginError(videocallErrors.invalidSdp, `Error processing SDP: ${text}`);
}

function refused(cause: unknown): unknown {
  if (!(cause instanceof NegotiationError)) return cause;
  return new PluginError(videocallErrors.invalidSdp, `Error processing SDP: ${cause.message}`, { cause });
}
