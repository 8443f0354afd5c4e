import { MediaError, type ErrorName } from '#schemas';
import type { JanusEvent } from '#janus/protocol';
import { orAborted } from '../deferred.ts';
import type { OpenLeg, Place, SagaGround } from '../leg-saga.ts';
import type { GoBetween } from './go-between.ts';
import { fromSipBetween, toSipBetween } from './nosip.ts';
import { ProxyCall, type CallEnd } from './proxy-call.ts';
import { videocallBetween } from './videocall.ts';

/**
 * The caller's end of a bridge. Its offer becomes that of all bridges that name it; it is open once one of them was
 * answered.
 */
export async function openProxy(ground: SagaGround): Promise<OpenLeg> {
  const { request, signal, tell } = ground;
  const { offer, sessionId, media } = request;
  if (offer === undefined) throw new MediaError('offer_not_set');
  const makeBetween = kindOf(ground);
  const entry = ground.own(ground.bridges.expect(sessionId));
  const hearing: { call?: ProxyCall } = {};
  const onEvent = (event: JanusEvent): void => (hearing.call ?? ground).hear(event);
  const place = await ground.join({ onEvent });
  const between = await makeBetween(place, ground);
  const call = ground.own(new ProxyCall(between, callerEnd(ground), place.extensions));
  hearing.call = call;
  entry.found(call);
  call.offer(await between.begin(offer));
  const { proxyType: proxy_type } = between;
  tell({ type: 'type', sessionType: 'proxy', ext: { proxy_type } });
  const { callee, local } = await orAborted(call.accepted, signal);
  await between.start(media);
  const operate: OpenLeg['operate'] = (what) => call.operate('caller', what, signal);
  const present = { sessionType: 'bridge', ext: { peer_id: callee, role: 'master', proxy_type } } as const;
  return { local, present, operate };
}

type MakeBetween = (place: Place, ground: SagaGround) => Promise<GoBetween>;

/** Throws MediaError `invalid_parameters` for plain RTP on both sides, which needs no media server. */
function kindOf({ request }: SagaGround): MakeBetween {
  const isFromRtp = request.offer?.sdp_type === 'rtp';
  const isToRtp = request.sdpType === 'rtp';
  if (isFromRtp && isToRtp) {
    const hint = 'data.sdp_type and data.offer.sdp_type must not both be rtp';
    throw new MediaError('invalid_parameters', undefined, { hint });
  }
  if (isFromRtp) return fromSipBetween;
  return isToRtp ? toSipBetween : videocallBetween;
}

function callerEnd({ request, hear, tell, end }: SagaGround): CallEnd {
  return {
    sessionId: request.sessionId,
    hear: (event: JanusEvent) => hear(event),
    peerLeft: () => tell({ type: 'peer_left' }),
    peerStopped: () => end('peer_stopped' satisfies ErrorName),
  };
}
