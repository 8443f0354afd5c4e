import type { PeerConnectionEvent } from '#janus/media';
import {
  ack,
  detached,
  eventType,
  hangup,
  JanusRefusal,
  pluginReply,
  webrtcUp,
  type Trickle,
} from '#janus/protocol';
import { unreachable, type Machine } from '#services/kernel';
import type { PluginEvent } from '../plugin.ts';
import { hangupReasons } from './hangup-reasons.ts';
import type {
  HandleIdentity,
  HandleInput,
  HandleOutput,
  HandleRequest,
  HandleStream,
  LifetimeInput,
  MessageOutcome,
  MessageRequest,
} from './messages.ts';
import { Negotiation } from './negotiation.ts';
import {
  candidateOutputs,
  candidateReport,
  connectionReport,
  dataHook,
  eventOutputs,
  hook,
  jsepReport,
  mediaOutputs,
  missingEvent,
  refuse,
  refused,
  report,
  silentOutputs,
  slowLinkOutputs,
  succeeded,
} from './outputs.ts';

/** Messages that may wait while the event of an earlier one is pending. */
const mostWaiting = 32;

/** How long a new description waits for the peer connection before it to be released, as Janus does. */
const cleanupMs = 3000;

/** How long a plugin may take for the event that its `ack` promised. */
const lateEventMs = 30_000;

/** The message that the plugin is busy with. */
type Busy =
  /** Waits until the peer connection before it is released. */
  | { readonly name: 'cleanup'; readonly request: MessageRequest; readonly until: number }
  | { readonly name: 'handling'; readonly request: MessageRequest; readonly operation: number }
  | {
      readonly name: 'promised';
      readonly request: MessageRequest;
      readonly operation: number;
      readonly until: number;
    };

/**
 * One handle: which message reaches its plugin when, what becomes of descriptions and candidates, and in which order
 * its client hears of it all.
 */
export class Handle implements Machine<HandleInput, HandleOutput> {
  readonly #identity: HandleIdentity;
  readonly #negotiation: Negotiation;
  readonly #waiting: MessageRequest[] = [];
  readonly #kinds = new Map<string, HandleStream['kind']>();
  #busy: Busy | undefined;
  #operations = 0;
  #peer: 'none' | 'open' | 'closing' | 'ended' = 'none';

  /** `candidatesTimeoutMs`: how long candidates wait for the description they belong to. */
  constructor(identity: HandleIdentity, candidatesTimeoutMs: number) {
    this.#identity = identity;
    this.#negotiation = new Negotiation(candidatesTimeoutMs);
  }

  /** True as soon as the end is decided: nothing that the plugin says from then on reaches the client. */
  get hasEnded(): boolean {
    return this.#peer === 'ended';
  }

  get deadline(): number | undefined {
    return this.#busy === undefined || this.#busy.name === 'handling' ? undefined : this.#busy.until;
  }

  tick(now: number): HandleOutput[] {
    const busy = this.#busy;
    if (busy === undefined || busy.name === 'handling' || now < busy.until) return [];
    const late =
      busy.name === 'cleanup'
        ? [refused(busy.request, new JanusRefusal('webrtc_state', 'Still cleaning a previous session'))]
        : eventOutputs(
            this.#identity,
            missingEvent(this.#identity, 'The event is late'),
            busy.request.transaction,
          );
    return [...late, ...this.#next(now)];
  }

  handle(input: HandleInput, now: number): HandleOutput[] {
    if (this.#peer === 'ended') return refuse(input, this.#identity);
    switch (input.type) {
      case 'message':
        return this.#message(input.request, now);
      case 'handled':
        return this.#handled(input.operation, input.outcome, now);
      case 'late_event':
        return this.#lateEvent(input.operation, input.event, input.isError, now);
      case 'trickle':
        return this.#trickle(input.request, input.trickle, now);
      case 'offered':
        this.#negotiation.offered();
        return [];
      case 'negotiated':
        return this.#negotiated(input.streams, now);
      case 'peer':
        return this.#peer === 'open' ? this.#onPeer(input.event) : [];
      case 'hangup':
      case 'detach':
      case 'peer_opened':
      case 'peer_failed':
      case 'peer_released':
      case 'close_peer':
      case 'abandon':
        return this.#onLifetime(input, now);
      default:
        return unreachable(input);
    }
  }

  #onLifetime(input: LifetimeInput, now: number): HandleOutput[] {
    switch (input.type) {
      case 'hangup':
        return [succeeded(input.request), ...this.#hangUp('Janus API')];
      case 'detach':
        return [
          succeeded(input.request),
          ...this.#end([{ type: 'tell', message: detached(this.#identity) }]),
        ];
      case 'close_peer':
        return this.#isConnecting ? this.#hangUp(input.reason) : [];
      case 'abandon':
        return this.#end([]);
      case 'peer_opened':
        this.#peer = 'open';
        return [];
      case 'peer_released':
        // The plugin may have made another one meanwhile, with an offer of its own.
        if (this.#peer === 'closing') this.#peer = 'none';
        return this.#busy?.name === 'cleanup' ? this.#begin(this.#busy.request, now) : [];
      case 'peer_failed':
        if (this.#peer !== 'open') return [];
        this.#peer = 'closing';
        this.#forgetNegotiation();
        return [{ type: 'release_peer' }];
      default:
        return unreachable(input);
    }
  }

  #message(request: MessageRequest, now: number): HandleOutput[] {
    if (this.#busy === undefined) return this.#begin(request, now);
    if (this.#waiting.length >= mostWaiting)
      return [refused(request, new JanusRefusal('unknown', 'Too many messages wait for this handle'))];
    this.#waiting.push(request);
    return [];
  }

  #begin(request: MessageRequest, now: number): HandleOutput[] {
    const { body, jsep } = request;
    if (jsep !== undefined && this.#peer === 'closing') {
      this.#busy = { name: 'cleanup', request, until: now + cleanupMs };
      return [];
    }
    const refusal = jsep && this.#negotiation.refusalOf(jsep);
    if (refusal !== undefined) return [refused(request, refusal), ...this.#next(now)];
    if (jsep !== undefined) this.#negotiation.begin(jsep.type);
    this.#operations += 1;
    this.#busy = { name: 'handling', request, operation: this.#operations };
    const message = { body, isUpdate: this.#negotiation.isUpdate, ...(jsep && { jsep }) };
    const reports = jsep ? [jsepReport('remote', jsep)] : [];
    return [...reports, { type: 'plugin_message', operation: this.#operations, message }];
  }

  #next(now: number): HandleOutput[] {
    this.#busy = undefined;
    const request = this.#waiting.shift();
    return request === undefined ? [] : this.#begin(request, now);
  }

  #handled(operation: number, outcome: MessageOutcome, now: number): HandleOutput[] {
    const busy = this.#busy;
    if (busy?.name !== 'handling' || busy.operation !== operation) return [];
    const { request } = busy;
    switch (outcome.type) {
      case 'ack':
        this.#busy = { name: 'promised', request, operation, until: now + lateEventMs };
        return [{ type: 'reply', to: request.from, message: ack(request, outcome.hint) }];
      case 'ok':
        return [
          this.#replied(request, outcome.data),
          ...(outcome.isError ? this.#offerFailed(request, now) : []),
          ...this.#next(now),
        ];
      case 'refused':
        return [refused(request, outcome.refusal), ...this.#offerFailed(request, now), ...this.#next(now)];
      default:
        return unreachable(outcome);
    }
  }

  #replied(request: MessageRequest, data: object): HandleOutput {
    const plugindata = { plugin: this.#identity.package, data };
    const message = pluginReply(request.transaction, this.#identity, plugindata);
    return { type: 'reply', to: request.from, message };
  }

  #lateEvent(operation: number, event: PluginEvent, isError: boolean, now: number): HandleOutput[] {
    const busy = this.#busy;
    if (busy?.name !== 'promised' || busy.operation !== operation) return [];
    return [
      ...eventOutputs(this.#identity, event, busy.request.transaction),
      ...(isError ? this.#offerFailed(busy.request, now) : []),
      ...this.#next(now),
    ];
  }

  #offerFailed({ jsep }: MessageRequest, now: number): HandleOutput[] {
    if (jsep?.type !== 'offer') return [];
    this.#negotiation.refused();
    return this.#release(now);
  }

  #trickle(request: HandleRequest, { candidates, refusal }: Trickle, now: number): HandleOutput[] {
    if (this.#negotiation.isStable && refusal !== undefined) return [refused(request, refusal)];
    this.#negotiation.hold(candidates, now);
    return [{ type: 'reply', to: request.from, message: ack(request) }, ...this.#release(now)];
  }

  #release(now: number): HandleOutput[] {
    return this.#negotiation
      .take(now)
      .flatMap((candidate) => [
        { type: 'add_candidate', candidate },
        ...('candidate' in candidate ? [candidateReport(candidate.candidate)] : []),
      ]);
  }

  #negotiated(streams: readonly HandleStream[], now: number): HandleOutput[] {
    if (this.#peer !== 'open') return [];
    this.#negotiation.completed();
    return [...streams.flatMap((stream) => this.#learn(stream)), ...this.#release(now)];
  }

  #learn({ mid, kind, arrives = true }: HandleStream): HandleOutput[] {
    this.#kinds.set(mid, kind);
    return arrives ? [{ type: 'listen', mid }] : [];
  }

  #onPeer(event: PeerConnectionEvent): HandleOutput[] {
    switch (event.type) {
      case 'connected':
        return [
          { type: 'tell', message: webrtcUp(this.#identity) },
          connectionReport({ connection: 'webrtcup' }),
          hook({ type: 'setup_media' }),
        ];
      case 'stream':
        return this.#learn(event);
      case 'stream_ended':
        return this.#kinds.delete(event.mid) ? [{ type: 'unlisten', mid: event.mid }] : [];
      case 'media':
        return mediaOutputs(this.#identity, this.#kinds.get(event.mid), event);
      case 'slow_link':
        return slowLinkOutputs(this.#identity, this.#kinds.get(event.mid), event);
      case 'data':
      case 'channel':
      case 'channel_closed':
        return [hook(dataHook(event))];
      case 'candidate':
        return candidateOutputs(this.#identity, event.candidate);
      case 'silent':
        return silentOutputs(this.#identity);
      case 'closed':
        return this.#hangUp(hangupReasons[event.reason]);
      default:
        return unreachable(event);
    }
  }

  /** The plugin hears of it first, so that its goodbye comes before the `hangup` event. */
  #hangUp(reason: string): HandleOutput[] {
    const [hadPeer, wasConnecting] = [this.#peer === 'open', this.#isConnecting];
    this.#forgetNegotiation();
    const goodbye = hook({ type: 'hangup_media', reason });
    if (!wasConnecting) return [goodbye];
    if (hadPeer) this.#peer = 'closing';
    return [
      goodbye,
      connectionReport({ connection: 'hangup', reason }),
      { type: 'tell', message: hangup(this.#identity, reason) },
      ...(hadPeer ? [{ type: 'release_peer' } as const] : []),
    ];
  }

  #end(farewell: readonly HandleOutput[]): HandleOutput[] {
    const wasOpen = this.#isConnecting;
    this.#peer = 'ended';
    this.#busy = undefined;
    this.#waiting.length = 0;
    this.#forgetNegotiation();
    const goodbye = hook({ type: 'hangup_media', reason: 'Detach' });
    const { package: plugin, opaqueId } = this.#identity;
    const body = { name: 'detached', plugin, ...(opaqueId !== undefined && { opaque_id: opaqueId }) };
    return [
      ...(wasOpen ? [goodbye, { type: 'release_peer' } as const] : []),
      ...farewell,
      report(eventType.handle, undefined, body),
      { type: 'ended' },
    ];
  }

  /** There is a peer connection, or will be: its client heard no end of what it offered. */
  get #isConnecting(): boolean {
    return this.#peer === 'open' || this.#negotiation.isOffered;
  }

  #forgetNegotiation(): void {
    this.#negotiation.reset();
    this.#kinds.clear();
  }
}
