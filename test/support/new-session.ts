import type { NewSession } from '#services/broker';

/** What a session of the tests is made with, unless they say otherwise. */
export const sessionDefaults = Object.freeze({
  sdpType: 'webrtc',
  gathersOffer: false,
  gathersAnswer: false,
  trickleTimeoutMs: 5000,
  setsMasterAnswer: false,
  stopAfterPeer: true,
  waitTimeoutMs: 60_000,
  readyTimeoutMs: 86_400_000,
  media: Object.freeze({ muteAudio: false, muteVideo: false, muteData: false, bitsPerSecond: 0 }),
  notes: Object.freeze({}),
}) satisfies Omit<NewSession, 'type'>;
