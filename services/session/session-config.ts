import type { Offer, RoomId, SdpType, SessionId, SessionInfo, SessionType } from '#schemas';
import type { MediaUpdate, ProxyType } from './ports.ts';

/** What get_info shows and no rule looks at, as on the wire. */
export type SessionNotes = Pick<
  SessionInfo,
  'user_id' | 'user_session' | 'session_meta' | 'session_events' | 'session_events_body'
>;

/** What one session is told when it is made. */
export interface SessionConfig {
  readonly id: SessionId;
  readonly type: SessionType;
  /** Given by the client; without it the backend makes the offer. */
  readonly offer?: Offer;
  /** The kind of SDP that the server makes. */
  readonly sdpType: SdpType;
  /** The backend that carries the media, by its name; absent if the broker only relays. */
  readonly backend?: string;
  /** Put the candidates of a trickled offer into it before it is passed on. */
  readonly gathersOffer: boolean;
  /** The same for the answer. */
  readonly gathersAnswer: boolean;
  /** How long such gathering may take. */
  readonly trickleTimeoutMs: number;
  /** The session at the other end of a bridge. */
  readonly peerId?: SessionId;
  /** Of a proxy and its bridges: what the proxy stands between, decided when it is made. */
  readonly proxyType?: ProxyType;
  /** The room of a publisher or a listener. */
  readonly roomId?: RoomId;
  /** The publisher that a listener follows. */
  readonly publisherId?: SessionId;
  /** The session this one follows. */
  readonly masterId?: SessionId;
  /** Its answer is also the answer of its master, and then told there alone. */
  readonly setsMasterAnswer: boolean;
  /** End when a linked session ends; otherwise only unlink. */
  readonly stopAfterPeer: boolean;
  /** How long the session may lack an answer. */
  readonly waitTimeoutMs: number;
  /** How long the session may live once it has one. */
  readonly readyTimeoutMs: number;
  /** What flows at first. */
  readonly media: Required<MediaUpdate>;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly startTime: number;
  readonly notes: SessionNotes;
}
