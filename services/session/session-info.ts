import type { Negotiated, SessionInfo } from '#schemas';
import type { MediaState } from './media/media-state.ts';
import type { PresentType } from './media/present-type.ts';
import type { Links } from './links/links.ts';
import type { SessionConfig } from './session-config.ts';
import { backendRole, hasLeg } from './session-types.ts';

/** What a session knows beyond its configuration. */
export interface SessionFacts {
  readonly offer: Negotiated | undefined;
  readonly answer: Negotiated | undefined;
  readonly media: MediaState;
  readonly present: PresentType;
  readonly links: Links;
}

/** A session as get_info and its `created` event show it: every key that has a value. */
export function sessionInfo(config: SessionConfig, facts: SessionFacts): SessionInfo {
  const { offer, answer, media, present, links } = facts;
  const role = hasLeg(config.type) ? backendRole(config.type, config.offer !== undefined) : undefined;
  return {
    session_id: config.id,
    type: present.type,
    type_ext: { ...present.ext },
    status: media.status,
    ...(config.backend !== undefined && { backend: config.backend }),
    ...(role && { backend_role: role }),
    ...(offer && { offer }),
    ...(answer && { answer }),
    no_offer_trickle_ice: config.gathersOffer,
    no_answer_trickle_ice: config.gathersAnswer,
    trickle_ice_timeout: config.trickleTimeoutMs,
    sdp_type: config.sdpType,
    ...linkWords(links),
    ...endWords(config, present),
    wait_timeout: config.waitTimeoutMs / 1000,
    ready_timeout: config.readyTimeoutMs / 1000,
    start_time: config.startTime,
    ...media.words,
    ...config.notes,
  };
}

/** The last slave, as clients of old know it, and all of them. */
function linkWords(links: Links): Partial<SessionInfo> & Pick<SessionInfo, 'stop_after_peer'> {
  const { master, slaves, setsMasterAnswer, stopAfterPeer } = links;
  const last = slaves.at(-1);
  return {
    ...(master && { master_id: master }),
    ...(last && { slave_id: last, slave_ids: [...slaves] }),
    set_master_answer: setsMasterAnswer,
    stop_after_peer: stopAfterPeer,
  };
}

/** What the session is connected to: as its leg says, else as it was asked for. */
function endWords(config: SessionConfig, { ext }: PresentType): Partial<SessionInfo> {
  const peer = ext.peer_id ?? config.peerId;
  const room = ext.room_id ?? config.roomId;
  const publisher = ext.publisher_id ?? config.publisherId;
  return {
    ...(peer !== undefined && { peer_id: peer }),
    ...(room !== undefined && { room_id: room }),
    ...(publisher !== undefined && { publisher_id: publisher }),
  };
}
