import type {
  ChannelReliability,
  CloseOptions,
  Encoding,
  OfferOptions,
  RtpSender,
  RtpSink,
  StreamPlan,
} from '#janus/media';
import { detached, eventType, JanusRefusal, pluginReply, type Jsep } from '#janus/protocol';
import { Driver, unreachable, type Clock, type Log } from '#services/kernel';
import {
  PluginError,
  type HandlePort,
  type Plugin,
  type PluginEvent,
  type PluginMessage,
  type PluginResult,
  type PluginSession,
} from '../plugin.ts';
import { asksForPlain, asksForStats, handleStats, plainStats } from './handle-stats.ts';
import { HandlePeer } from './handle-peer.ts';
import { Handle } from './handle.ts';
import type {
  HandleIdentity,
  HandleInput,
  HandleOutput,
  HandleReport,
  MessageRequest,
  MessageOutcome,
  PluginHook,
} from './messages.ts';
import { eventOutputs, missingEvent, pluginError } from './outputs.ts';
import type { PeerTable } from './peer-table.ts';

/** What surrounds one handle. */
export interface HandleSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: PeerTable;
  readonly candidatesTimeoutMs: number;
  /** Tells the client of the session. */
  tell(message: object): void;
  report(report: HandleReport): void;
  /** Told once: the handle is gone. */
  ended(): void;
}

/** Where packets go that no plugin wants. */
const nowhere: RtpSink = { write: () => undefined, senderReport: () => undefined };

/** Runs one Handle: performs its outputs on a plugin session and a peer connection, and is the plugin's way back. */
export class HandleRunner implements HandlePort {
  readonly identity: HandleIdentity;
  readonly #surroundings: HandleSurroundings;
  readonly #handle: Handle;
  readonly #driver: Driver<HandleInput, HandleOutput>;
  readonly #peer: HandlePeer;
  readonly #session: PluginSession;
  #isGone = false;

  /** Throws what the plugin throws when it wants no session. */
  constructor(identity: HandleIdentity, plugin: Plugin, surroundings: HandleSurroundings) {
    this.identity = identity;
    this.#surroundings = surroundings;
    this.#handle = new Handle(identity, surroundings.candidatesTimeoutMs);
    this.#driver = new Driver(this.#handle, surroundings.clock, {
      perform: (output) => this.#perform(output),
      fault: (cause) => this.#fault(cause),
    });
    const name = `h${identity.sessionId.toString(36)}${identity.handleId.toString(36)}`;
    this.#peer = new HandlePeer(name, {
      peers: surroundings.peers,
      post: (input) => void this.post(input),
      open: (mid, encoding) => this.#incomingRtp(mid, encoding),
    });
    this.#session = plugin.createSession(this);
  }

  get sessionId(): number {
    return this.identity.sessionId;
  }

  get handleId(): number {
    return this.identity.handleId;
  }

  /** Hands over what happened to the handle; false if it is told more than it can take, or gone. */
  post(input: HandleInput): boolean {
    if (input.type === 'message' && asksForStats(input.request) && !this.#handle.hasEnded)
      return this.#replyStats(input.request);
    return this.#driver.post(input);
  }

  /** Ends the handle without a word to the client. */
  abandon(): void {
    if (!this.post({ type: 'abandon' })) this.#finish();
  }

  /** What its plugin tells of it, for the Admin API. */
  query(): object {
    return this.#session.query();
  }

  pushEvent(event: PluginEvent): void {
    if (this.#isGone || this.#handle.hasEnded) return;
    for (const output of eventOutputs(this.identity, event)) this.#perform(output);
  }

  answer(offer: Jsep, streams: readonly StreamPlan[]): Promise<Jsep> {
    return this.#peer.answer(offer, streams);
  }

  offer(streams: readonly StreamPlan[], options?: OfferOptions): Promise<Jsep> {
    return this.#peer.offer(streams, options);
  }

  acceptAnswer(answer: Jsep): Promise<void> {
    return this.#peer.acceptAnswer(answer);
  }

  sender(mid: string): RtpSender {
    return this.#peer.sender(mid);
  }

  relayData(label: string, payload: string | Buffer): boolean {
    return this.#peer.sendData(label, payload);
  }

  openChannel(label: string, reliability?: ChannelReliability): boolean {
    return this.#peer.openChannel(label, reliability);
  }

  closeChannel(label: string, options?: CloseOptions): void {
    this.#peer.closeChannel(label, options);
  }

  sendPli(mid: string, rid?: string): void {
    this.#peer.requestKeyframe(mid, rid);
  }

  limitBitrate(bitsPerSecond: number): void {
    this.#peer.limitBitrate(bitsPerSecond);
  }

  closePeerConnection(reason: string): void {
    this.post({ type: 'close_peer', reason });
  }

  notifyEvent(data: object): void {
    const event = { plugin: this.identity.package, data };
    this.#surroundings.report({ type: eventType.plugin, event });
  }

  /** At once and past the plugin, which may be busy with a message. */
  #replyStats(request: MessageRequest): true {
    const { from, transaction } = request;
    const time = this.#surroundings.clock.wallTime();
    const stats = asksForPlain(request)
      ? plainStats(this.#session.plainLegs?.() ?? [], time)
      : handleStats(this.#peer.stats(), (mid) => this.#session.layersOf?.(mid), time);
    const plugindata = { plugin: this.identity.package, data: { bifrons: { stats } } };
    from.send(pluginReply(transaction, this.identity, plugindata));
    return true;
  }

  #incomingRtp(mid: string, encoding: Encoding): RtpSink {
    return this.#session.incomingRtp?.(mid, encoding) ?? nowhere;
  }

  #perform(output: HandleOutput): void {
    switch (output.type) {
      case 'reply':
        return output.to.send(output.message);
      case 'tell':
        return this.#surroundings.tell(output.message);
      case 'report':
        return this.#surroundings.report(output.report);
      case 'plugin_message':
        return this.#toPlugin(output.operation, output.message);
      case 'listen':
        return this.#peer.listen(output.mid);
      case 'unlisten':
        return this.#peer.unlisten(output.mid);
      case 'add_candidate':
        return this.#peer.addCandidate(output.candidate);
      case 'release_peer':
        return this.#peer.release();
      case 'ended':
        return this.#finish();
      case 'plugin_hook':
        return this.#tellPlugin(output.hook);
      default:
        return unreachable(output);
    }
  }

  #tellPlugin(hook: PluginHook): void {
    switch (hook.type) {
      case 'setup_media':
        return this.#session.setupMedia?.();
      case 'data_ready':
        return this.#session.dataReady?.(hook.label, hook.reliability);
      case 'data_ended':
        return this.#session.dataEnded?.(hook.label);
      case 'incoming_data':
        return this.#session.incomingData?.(hook.label, hook.payload);
      case 'slow_link':
        return this.#session.slowLink?.(hook.mid, hook.isUplink, hook.lostPackets);
      case 'hangup_media':
        return this.#session.hangupMedia?.(hook.reason);
      default:
        return unreachable(hook);
    }
  }

  /** The one place that knows how a plugin answers: at once, or with an `ack` and an event later. */
  #toPlugin(operation: number, message: PluginMessage): void {
    const result = this.#ask(message);
    if (result.type !== 'ack') return void this.post({ type: 'handled', operation, outcome: result });
    const { hint, event } = result;
    const outcome = { type: 'ack' as const, ...(hint !== undefined && { hint }) };
    this.post({ type: 'handled', operation, outcome });
    event.then(
      (known) => {
        this.post({ type: 'late_event', operation, event: known, isError: false });
        known.afterwards?.();
      },
      (cause: unknown) =>
        this.post({ type: 'late_event', operation, event: this.#eventFor(cause), isError: true }),
    );
  }

  #ask(
    message: PluginMessage,
  ): Exclude<MessageOutcome, { readonly type: 'ack' }> | Extract<PluginResult, { readonly type: 'ack' }> {
    try {
      const result = this.#session.handleMessage(message);
      return result.type === 'ack' ? result : { ...result, isError: false };
    } catch (cause) {
      if (cause instanceof PluginError)
        return {
          type: 'ok',
          data: pluginError(this.identity.package, cause.number, cause.message),
          isError: true,
        };
      this.#surroundings.log.error({ err: cause }, 'a plugin failed to handle a message');
      return { type: 'refused', refusal: new JanusRefusal('plugin_message') };
    }
  }

  #eventFor(cause: unknown): PluginEvent {
    if (cause instanceof PluginError)
      return { data: pluginError(this.identity.package, cause.number, cause.message) };
    this.#surroundings.log.error({ err: cause }, 'a plugin failed to make an event');
    return missingEvent(this.identity, 'Internal error');
  }

  /** A bug in the rules or in a hook of the plugin: this handle ends, and its client hears of it. */
  #fault(cause: unknown): void {
    this.#surroundings.log.error({ err: cause }, 'a handle failed');
    if (!this.#isGone && !this.#handle.hasEnded) this.#surroundings.tell(detached(this.identity));
    this.#finish();
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#driver[Symbol.dispose]();
    this.#peer.release();
    try {
      this.#session.destroy();
    } catch (cause) {
      this.#surroundings.log.error({ err: cause }, 'a plugin failed to end a session');
    }
    this.#surroundings.ended();
  }
}
