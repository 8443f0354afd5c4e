import type { JanusMessages } from '#schemas';
import { readBody } from '../shared/read-body.ts';

/** Error numbers of the videocall; the first two are Janus's for what the gateway refuses before the plugin sees it. */
export const videocallErrors = {
  noMessage: 470,
  invalidJson: 471,
  invalidRequest: 472,
  registerFirst: 473,
  invalidElement: 474,
  missingElement: 475,
  usernameTaken: 476,
  alreadyRegistered: 477,
  noSuchUsername: 478,
  useEchoTest: 479,
  alreadyInCall: 480,
  noCall: 481,
  missingSdp: 482,
  invalidSdp: 483,
  unknown: 499,
} as const;

/** What a client may ask of the videocall. */
export type VideocallRequest = JanusMessages['videocall'];

/** Reads what a client asks. Throws PluginError 474 and 475. */
export function readVideocallRequest(body: object): VideocallRequest {
  const { invalidElement: invalid, missingElement: missing } = videocallErrors;
  return readBody('videocall', body, { missing, invalid });
}
