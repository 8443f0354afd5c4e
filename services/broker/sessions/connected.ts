import { MediaError, type SessionId, type SessionInfo } from '#schemas';
import { isPlainRtp, proxyTypeOf, type Backend, type ProxyType } from '#services/session';
import type { NewSession } from './session-registry.ts';

/** A running session that another one names when it is made. */
export interface NamedSession {
  readonly session: { readonly info: SessionInfo };
  readonly backend: Backend | undefined;
  readonly config: NewSession;
}

/** How a client's words find sessions of its tenant. */
export interface NameSearch {
  /** Throws MediaError `session_not_found`. */
  peer(id: SessionId): NamedSession;
  /** Throws MediaError `invalid_publisher` also for a session that does not publish. */
  publisher(id: SessionId): NamedSession;
}

/** A session that is about to be made, with what follows from the one it shares media with. */
export interface Connected {
  readonly config: NewSession;
  /** Where it has to be carried. */
  readonly beside: Backend | undefined;
}

/**
 * Looks at the session that a new one will share media with: the proxy of a bridge, the publisher of a listener. A
 * superfluous offer is left to the choice of the backend. Throws MediaError: `invalid_operation` for a bridge without
 * peer, or with changes of media where plain RTP is on one side, `incompatible_session` if the peer is no proxy or has
 * its bridge, `offer_not_set` while the peer has no offer, `missing_field` for a listener without publisher,
 * `invalid_publisher`, `invalid_parameters` for a proxy between plain RTP and plain RTP.
 * @see reference/nkmedia-api.md section 2.1
 */
export function connected(config: NewSession, search: NameSearch): Connected {
  const { type, offer, peerId } = config;
  if (type === 'proxy') return { config: standing(config), beside: undefined };
  if (type === 'bridge' && offer === undefined) return bridged(config, search);
  if (type === 'listen' && offer === undefined) return listening(config, search);
  if (type === 'p2p' && peerId !== undefined) search.peer(peerId);
  return { config, beside: undefined };
}

/** Of another room than the publisher's, or of no publisher. */
export function invalidPublisher(hint: string): MediaError {
  return new MediaError('invalid_publisher', undefined, { hint });
}

function standing(config: NewSession): NewSession {
  const proxyType = proxyTypeOf(config.offer?.sdp_type, config.sdpType);
  if (proxyType !== undefined) return withProxyType(config, proxyType);
  const hint =
    'data.sdp_type must be webrtc where data.offer.sdp_type is rtp: plain RTP needs no proxy to plain RTP';
  throw new MediaError('invalid_parameters', undefined, { hint });
}

function bridged(config: NewSession, search: NameSearch): Connected {
  if (config.peerId === undefined)
    throw refusal('invalid_operation', 'data.peer_id is required for type bridge');
  const peer = search.peer(config.peerId);
  const { type, offer, answer } = peer.session.info;
  if (type !== 'proxy') throw refusal('incompatible_session', `data.peer_id names a session of type ${type}`);
  if (answer !== undefined)
    throw refusal('incompatible_session', 'data.peer_id names a proxy that has its bridge');
  if (offer === undefined)
    throw refusal('offer_not_set', 'data.peer_id names a proxy whose offer is still being gathered');
  const { sdpType, proxyType } = peer.config;
  const like = { ...config, sdpType };
  return {
    config: proxyType === undefined ? like : withProxyType(like, proxyType),
    beside: peer.backend,
  };
}

function listening(config: NewSession, search: NameSearch): Connected {
  const { publisherId, roomId } = config;
  if (publisherId === undefined) {
    const hint = 'data.publisher_id is required for type listen';
    throw new MediaError('missing_field', 'publisher_id', { hint });
  }
  const publisher = search.publisher(publisherId);
  const room = publisher.session.info.room_id;
  if (roomId !== undefined && room !== roomId)
    throw invalidPublisher('data.publisher_id names a publisher of another room than data.room_id');
  return { config: { ...config, ...(room !== undefined && { roomId: room }) }, beside: publisher.backend };
}

function withProxyType(config: NewSession, proxyType: ProxyType): NewSession {
  if (isPlainRtp(proxyType) && config.asksMedia === true)
    throw refusal('invalid_operation', 'a bridge to plain RTP takes no mutes and no bitrate');
  return { ...config, proxyType };
}

function refusal(
  name: 'invalid_operation' | 'incompatible_session' | 'offer_not_set',
  hint: string,
): MediaError {
  return new MediaError(name, undefined, { hint });
}
