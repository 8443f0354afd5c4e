import { PluginError } from '#janus/gateway';

/** Error numbers of the video room, as in Janus; the first two are for what the gateway refuses before. */
export const videoRoomErrors = {
  noMessage: 421,
  invalidJson: 422,
  invalidRequest: 423,
  joinFirst: 424,
  alreadyJoined: 425,
  noSuchRoom: 426,
  roomExists: 427,
  noSuchFeed: 428,
  missingElement: 429,
  invalidElement: 430,
  invalidSdpType: 431,
  publishersFull: 432,
  unauthorized: 433,
  alreadyPublished: 434,
  notPublished: 435,
  idExists: 436,
  invalidSdp: 437,
  unknown: 499,
} as const;

/** A request that the video room refuses. */
export function refusal(name: keyof typeof videoRoomErrors, text: string, cause?: unknown): PluginError {
  return new PluginError(videoRoomErrors[name], text, { cause });
}
