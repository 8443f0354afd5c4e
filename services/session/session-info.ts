import type { Negotiated, SessionId, SessionInfo } from '#schemas';
import type { MediaState } from './media/media-state.ts';
import type { SessionConfig } from './session-config.ts';
import { backendRole, hasLeg } from './session-types.ts';

/** What a session knows beyond its configuration. */
export interface SessionFacts {
  readonly offer: Negotiated | undefined;
  readonly answer: Negotiated | undefined;
  readonly media: MediaState;
  /** Those it is still linked to. */
  readonly masterId: SessionId | undefined;
  readonly slaveId: SessionId | undefined;
}

/** A session as get_info and its `created` event show it: every key that has a value. */
export function sessionInfo(config: SessionConfig, facts: SessionFacts): SessionInfo {
  const { offer, answer, media, masterId, slaveId } = facts;
  const role = hasLeg(config.type) ? backendRole(config.type, config.offer !== undefined) : undefined;
  return {
    session_id: config.id,
    type: config.type,
    type_ext: {},
    status: media.status,
    ...(config.backend !== undefined && { backend: config.backend }),
    ...(role && { backend_role: role }),
    ...(offer && { offer }),
    ...(answer && { answer }),
    no_offer_trickle_ice: config.gathersOffer,
    no_answer_trickle_ice: config.gathersAnswer,
    trickle_ice_timeout: config.trickleTimeoutMs,
    sdp_type: config.sdpType,
    ...(masterId && { master_id: masterId }),
    ...(slaveId && { slave_id: slaveId }),
    set_master_answer: config.setsMasterAnswer,
    stop_after_peer: config.stopAfterPeer,
    wait_timeout: config.waitTimeoutMs / 1000,
    ready_timeout: config.readyTimeoutMs / 1000,
    start_time: config.startTime,
    ...media.words,
    ...config.notes,
  };
}
