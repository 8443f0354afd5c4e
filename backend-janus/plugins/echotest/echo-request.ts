import type { JanusMessages } from '#schemas';
import { PluginError } from '#janus/gateway';
import { readBody } from '../shared/read-body.ts';
import { allCodecs, preferring, type CodecPreferences } from '../shared/mirror-streams.ts';

/** Error numbers of the echotest; the first two are Janus's for what the gateway refuses before the plugin sees it. */
export const echoErrors = { noMessage: 411, invalidJson: 412, invalidElement: 413, invalidSdp: 414 } as const;

/** What a client may ask of its echo. */
export type EchoRequest = JanusMessages['echotest'];

/** Elements of which a message without `jsep` needs one; a file name alone asks for nothing. */
const supported: readonly (keyof EchoRequest)[] = [
  ...(['audio', 'video', 'bitrate', 'record', 'substream', 'temporal', 'fallback'] as const),
  ...(['svc', 'spatial_layer', 'temporal_layer', 'audiocodec', 'videocodec', 'videoprofile'] as const),
  ...(['opusred', 'min_delay', 'max_delay', 'bifrons'] as const),
];

/** Reads what a client asks. Throws PluginError 413. */
export function readEchoRequest(body: object, hasJsep: boolean): EchoRequest {
  const { invalidElement } = echoErrors;
  const request = readBody('echotest', body, { missing: invalidElement, invalid: invalidElement });
  if (!hasJsep && supported.every((name) => request[name] === undefined))
    throw new PluginError(invalidElement, 'Message error: no supported attributes found');
  return request;
}

/** In which order a client wants its codecs tried. */
export function codecPreferences({ audiocodec, videocodec, videoprofile }: EchoRequest): CodecPreferences {
  const preferences = {
    audio: preferring(allCodecs.audio, audiocodec),
    video: preferring(allCodecs.video, videocodec),
  };
  if (videoprofile === undefined) return preferences;
  const fmtp = { H264: `profile-level-id=${videoprofile}`, VP9: `profile-id=${videoprofile}` };
  return { ...preferences, fmtp };
}
