import type { ClosedReason } from '#janus/media';

/**
 * How a `hangup` event words the end of a peer connection. Janus has no word for a peer that fell silent: what it notices
 * is that ICE failed, and it says so in an `ice-failed` event before the `hangup`.
 */
export const hangupReasons: Readonly<Record<ClosedReason, string>> = {
  local: 'Close PC',
  dtls_alert: 'DTLS alert',
  dtls_failed: 'DTLS error',
  dtls_timeout: 'DTLS timeout',
  ice_failed: 'ICE failed',
  media_timeout: 'ICE failed',
};
