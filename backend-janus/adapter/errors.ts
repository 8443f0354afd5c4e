import { MediaError, type ErrorName } from '#schemas';
import { JanusError } from '#janus/client';
import { ConnectionLost } from '#services/kernel';

/** What the gateway's own refusals mean to a client of the broker; the rest is `janus_error` with Janus' words. */
const refusals: ReadonlyMap<number, ErrorName> = new Map([
  [458, 'janus_session_down'],
  [459, 'janus_session_down'],
  [465, 'invalid_sdp'],
  // An engine whose Janus lacks the plugin for this type of session, as Janus says.
  [460, 'not_implemented'],
  // A second description that Janus could not take.
  [469, 'invalid_sdp'],
  // An offer that met one of Janus' own, or came while a connection was still being released.
  [471, 'invalid_state'],
  [472, 'no_mediaserver'],
]);

/** The same for plugins, whose numbers overlap with Janus' and with one another's. */
const pluginRefusals: Readonly<Record<string, ReadonlyMap<number, ErrorName>>> = {
  'janus.plugin.echotest': new Map([
    [413, 'invalid_parameters'],
    [414, 'invalid_sdp'],
  ]),
  'janus.plugin.videocall': new Map([
    [474, 'invalid_parameters'],
    [475, 'invalid_parameters'],
    [481, 'invalid_state'],
    [482, 'invalid_sdp'],
    [483, 'invalid_sdp'],
  ]),
  'janus.plugin.videoroom': new Map([
    [426, 'room_not_found'],
    [427, 'room_already_exists'],
    [428, 'invalid_publisher'],
    [429, 'invalid_parameters'],
    [430, 'invalid_parameters'],
    [431, 'invalid_sdp'],
    [437, 'invalid_sdp'],
    [438, 'invalid_publisher'],
  ]),
  'janus.plugin.nosip': new Map([
    [443, 'invalid_parameters'],
    [444, 'invalid_parameters'],
    [445, 'invalid_state'],
    [446, 'invalid_sdp'],
    [447, 'invalid_sdp'],
    // SRTP was asked for by one side alone.
    [450, 'invalid_sdp'],
  ]),
};

/**
 * What a failed dealing with Janus means to a client of the broker, with Janus' words as hint; the only such translation.
 * `sdpField` is where the client wrote the description that Janus was given.
 */
export function toMediaError(cause: unknown, sdpField = 'data.offer.sdp'): MediaError {
  if (cause instanceof MediaError) return cause;
  if (cause instanceof ConnectionLost) return new MediaError('engine_died', undefined, { cause });
  if (cause instanceof JanusError) return refused(cause, sdpField);
  return new MediaError('session_failed', undefined, { cause });
}

function refused(cause: JanusError, sdpField: string): MediaError {
  const { number, plugin, message } = cause;
  const table = plugin === undefined ? refusals : pluginRefusals[plugin];
  const name = table?.get(number);
  if (name === 'invalid_sdp')
    return new MediaError(name, undefined, { cause, hint: `${sdpField}: ${message}` });
  if (name !== undefined) return new MediaError(name, undefined, { cause, hint: message });
  return new MediaError('janus_error', `${number}: ${message}`, { cause });
}
