import type { ChannelReliability, PeerConnectionEvent } from '#janus/media';
import type {
  Asked,
  GatewayEvent,
  HandleAddress,
  JanusRefusal,
  JanusTrickle,
  Jsep,
  Trickle,
} from '#janus/protocol';
import type { PluginEvent, PluginMessage } from '../plugin.ts';

/** Whoever sent a request; a handle only passes it on. */
export interface Asker {
  send(message: object): void;
}

/** A request as it reaches a handle. */
export interface HandleRequest extends Asked {
  readonly from: Asker;
}

/** A request to the plugin, checked as far as that needs no state. */
export interface MessageRequest extends HandleRequest {
  readonly body: object;
  readonly jsep?: Jsep;
}

/** Everything that can happen to a handle. */
export type HandleInput =
  | { readonly type: 'message'; readonly request: MessageRequest }
  | { readonly type: 'trickle'; readonly request: HandleRequest; readonly trickle: Trickle }
  | LifetimeInput
  /** The plugin took a message, or refused it. */
  | { readonly type: 'handled'; readonly operation: number; readonly outcome: MessageOutcome }
  /** The event that an `ack` promised. */
  | {
      readonly type: 'late_event';
      readonly operation: number;
      readonly event: PluginEvent;
      readonly isError: boolean;
    }
  /** The plugin made an offer that the client has to answer. */
  | { readonly type: 'offered' }
  /** Offer and answer are complete; these are the streams they agree on, as far as they are known. */
  | { readonly type: 'negotiated'; readonly streams: readonly HandleStream[] }
  | { readonly type: 'peer'; readonly event: PeerConnectionEvent };

/** What begins or ends the peer connection of a handle, or the handle. */
export type LifetimeInput =
  | { readonly type: 'hangup'; readonly request: HandleRequest }
  | { readonly type: 'detach'; readonly request: HandleRequest }
  | { readonly type: 'peer_opened' }
  /** Its first description failed: it goes without the client ever having heard of it. */
  | { readonly type: 'peer_failed' }
  | { readonly type: 'peer_released' }
  /** The plugin is done with the peer connection. */
  | { readonly type: 'close_peer'; readonly reason: string }
  /** The session is gone; nobody is told. */
  | { readonly type: 'abandon' };

/** What a plugin did with a message. */
export type MessageOutcome =
  | { readonly type: 'ok'; readonly data: object; readonly isError: boolean }
  | { readonly type: 'ack'; readonly hint?: string }
  | { readonly type: 'refused'; readonly refusal: JanusRefusal };

/** One m-line that carries audio or video. */
export interface HandleStream {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  /** False where packets only go out. Absent means true. */
  readonly arrives?: boolean;
}

/** Everything a handle wants done, in this order. */
export type HandleOutput =
  | { readonly type: 'reply'; readonly to: Asker; readonly message: object }
  | { readonly type: 'tell'; readonly message: object }
  | { readonly type: 'report'; readonly report: HandleReport }
  | { readonly type: 'plugin_message'; readonly operation: number; readonly message: PluginMessage }
  | { readonly type: 'plugin_hook'; readonly hook: PluginHook }
  | { readonly type: 'listen' | 'unlisten'; readonly mid: string }
  | { readonly type: 'add_candidate'; readonly candidate: JanusTrickle }
  | { readonly type: 'release_peer' }
  /** The last output: dispose the plugin session, forget the id. */
  | { readonly type: 'ended' };

/** What a plugin session is told without being asked anything. */
export type PluginHook =
  | { readonly type: 'setup_media' }
  | { readonly type: 'data_ready'; readonly label: string; readonly reliability: ChannelReliability }
  | { readonly type: 'data_ended'; readonly label: string }
  | { readonly type: 'incoming_data'; readonly label: string; readonly payload: string | Buffer }
  | {
      readonly type: 'slow_link';
      readonly mid: string;
      readonly isUplink: boolean;
      readonly lostPackets: number;
    }
  | { readonly type: 'hangup_media'; readonly reason: string };

/** What event handlers are told, but for the ids and the time. */
export type HandleReport = Pick<GatewayEvent, 'type' | 'subtype' | 'event'>;

/** What names a handle, to its client and to event handlers. */
export interface HandleIdentity extends HandleAddress {
  readonly package: string;
  readonly opaqueId?: string;
}
