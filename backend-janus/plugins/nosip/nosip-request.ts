import type { JanusMessages } from '#schemas';
import { PluginError } from '#janus/gateway';
import { cryptoSuites, type SrtpProfile } from '#janus/media';
import { readBody } from '../shared/read-body.ts';

/** Error numbers of the NoSIP plugin. */
export const noSipErrors = {
  invalidRequest: 442,
  missingElement: 443,
  invalidElement: 444,
  wrongState: 445,
  missingSdp: 446,
  invalidSdp: 447,
  ioError: 448,
  recording: 449,
  tooStrict: 450,
} as const;

/** What a client may ask. */
export type NoSipRequest = JanusMessages['nosip'];

/** Whether the plain side has keys: as its SDP says, may have, or must have. */
export type SrtpWish = 'none' | 'optional' | 'mandatory';

/** Reads what a client asks. Throws PluginError 443 or 444. */
export function readNoSipRequest(body: object): NoSipRequest {
  const { missingElement, invalidElement } = noSipErrors;
  return readBody('nosip', body, { missing: missingElement, invalid: invalidElement });
}

/** The type and the text of the description to process. Throws PluginError 443 or 446. */
export function readPlainJsep({ type, sdp }: NoSipRequest): {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
} {
  if (type === undefined) throw missing('type');
  if (sdp === undefined) throw missing('sdp');
  const known = (['offer', 'answer'] as const).find((one) => one === type.toLowerCase());
  if (known === undefined) throw new PluginError(noSipErrors.missingSdp, 'Missing or invalid SDP type');
  return { type: known, sdp };
}

/** Throws PluginError 444 if it is neither of the two that there are. */
export function srtpWish({ srtp }: NoSipRequest): SrtpWish {
  if (srtp === undefined) return 'none';
  if (srtp === 'sdes_optional') return 'optional';
  if (srtp === 'sdes_mandatory') return 'mandatory';
  throw new PluginError(
    noSipErrors.invalidElement,
    'Invalid element (srtp can only be sdes_optional or sdes_mandatory)',
  );
}

/** The suites of our offer. Throws PluginError 444 for one that we do not have. */
export function offeredSuites({ srtp_profile: wanted }: NoSipRequest): readonly SrtpProfile[] {
  if (wanted === undefined) return cryptoSuites;
  const suites = cryptoSuites.filter((suite) => suite === wanted);
  if (suites.length > 0) return suites;
  throw new PluginError(
    noSipErrors.invalidElement,
    `Invalid element (srtp_profile can only be ${cryptoSuites.join(' or ')})`,
  );
}

/** Refuses a recording, whose flags are checked as Janus does: there is nothing to record with. */
export function refuseRecording(request: NoSipRequest): PluginError {
  const { action, audio, video, peer_audio, peer_video } = request;
  if (action === undefined) return missing('action');
  const isAction = action === 'start' || action === 'stop';
  if (!isAction) return new PluginError(noSipErrors.invalidElement, 'Invalid action (should be start|stop)');
  if ([audio, video, peer_audio, peer_video].includes(true))
    return new PluginError(noSipErrors.recording, 'Recording is not available');
  return new PluginError(
    noSipErrors.recording,
    'Invalid request (at least one of audio, video, peer_audio and peer_video should be true)',
  );
}

function missing(element: string): PluginError {
  return new PluginError(noSipErrors.missingElement, `Missing mandatory element (${element})`);
}
