import type { Answer, Description, Offer } from '#schemas';
import type { JanusHandle } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import type { MediaUpdate, ProxyType } from '#services/session';

/** The two ends of a bridge: the caller's session is the proxy, the callee's the bridge whose answer was accepted. */
export type End = 'caller' | 'callee';

/** What stands between the caller and the callee at Janus. */
export interface GoBetween {
  readonly proxyType: ProxyType;
  /** The handle of each end's peer connection; plain RTP has none. */
  readonly handles: { readonly [Which in End]?: JanusHandle };
  /** Takes the caller's offer; resolves with the one for every bridge. */
  begin(offer: Offer): Promise<Offer>;
  /** Takes the callee's answer; resolves with the one for the caller. */
  accept(answer: Answer, media: MediaUpdate): Promise<Description>;
  /** Changes what flows from one end. Rejects with MediaError `invalid_operation` if that cannot be done. */
  update(end: End, media: MediaUpdate): Promise<void>;
  /** What flows from the caller at first; nothing if updates cannot be done. Throws MediaError as `update` rejects. */
  start(media: MediaUpdate): Promise<void>;
  /** Told all events of both handles. */
  hear(event: JanusEvent): void;
  /** Ends the media of both ends; rejects once the caller's leg ends, since its session takes them with it. */
  hangUp(signal: AbortSignal): Promise<void>;
}
