import { MediaError, type Candidate, type Description } from '#schemas';
import type { PluginAnswer } from '#janus/client';
import type { JanusTrickle, Jsep } from '#janus/protocol';

/** Candidates that are kept until Janus can take them: as many as a session passes on. */
export const mostTrickled = 64;

/** Whether an SDP names the keys of DTLS. */
export function isWebRtc(sdp: string): boolean {
  return /^(a=fingerprint:|m=\S+ \S+ (UDP|TCP)\/(TLS|DTLS)\/)/m.test(sdp);
}

/**
 * A client's offer in Janus' words. Throws MediaError `not_implemented` for plain RTP, which needs another plugin, and
 * `invalid_sdp` where it is plain RTP without saying so.
 */
export function jsepOffer({ sdp, sdp_type, trickle_ice }: Description): Jsep {
  if (sdp_type === 'rtp') {
    const hint = 'data.offer.sdp_type must be webrtc for this type of session';
    throw new MediaError('not_implemented', undefined, { hint });
  }
  checkWebRtc(sdp, 'data.offer.sdp is plain RTP, which needs data.offer.sdp_type rtp and type proxy');
  return { type: 'offer', sdp, trickle: trickle_ice ?? false };
}

/**
 * A client's answer in Janus' words. Throws MediaError `invalid_parameters` for plain RTP where WebRTC was offered, and
 * `invalid_sdp` where it is plain RTP without saying so.
 */
export function jsepAnswer({ sdp, sdp_type, trickle_ice }: Description): Jsep {
  if (sdp_type === 'rtp') {
    const hint = 'data.answer.sdp_type must be webrtc, as the offer is';
    throw new MediaError('invalid_parameters', undefined, { hint });
  }
  checkWebRtc(sdp, 'data.answer.sdp is plain RTP, but the offer is WebRTC');
  return { type: 'answer', sdp, trickle: trickle_ice ?? false };
}

function checkWebRtc(sdp: string, hint: string): void {
  const isPlain = /^m=\S+ \S+ RTP\/S?AVPF? /m.test(sdp) && !isWebRtc(sdp);
  if (isPlain) throw new MediaError('invalid_sdp', undefined, { hint });
}

/** The description in a plugin's answer. Throws MediaError `session_failed` if it holds none. */
export function described({ jsep }: Pick<PluginAnswer, 'jsep'>): Description {
  if (jsep === undefined) throw new MediaError('session_failed');
  return { sdp: jsep.sdp };
}

/** A client's candidate, or the end of them, in Janus' words. */
export function trickled(candidate: Candidate | undefined): JanusTrickle {
  return candidate ?? { completed: true };
}
