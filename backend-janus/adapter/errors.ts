import { MediaError, type ErrorName } from '#schemas';
import { JanusError } from '#janus/client';
import { ConnectionLost } from '#services/kernel';

/** What the gateway's own refusals mean to a client of the broker; the rest is `janus_error` with Janus' words. */
const refusals: ReadonlyMap<number, ErrorName> = new Map([
  [458, 'janus_session_down'],
  [459, 'janus_session_down'],
  [465, 'invalid_sdp'],
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
