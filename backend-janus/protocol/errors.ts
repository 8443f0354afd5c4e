/** Error codes of the Janus API with the reason that stands where nothing more exact is said. */
export const janusErrors = {
  unauthorized: { code: 403, reason: 'Unauthorized request (wrong or missing secret/token)' },
  unauthorized_plugin: {
    code: 405,
    reason: 'Unauthorized access to plugin (token is not allowed to)',
  },
  transport_specific: { code: 450, reason: 'Transport specific error' },
  missing_request: { code: 452, reason: 'Missing request' },
  unknown_request: { code: 453, reason: 'Unknown request' },
  invalid_json: { code: 454, reason: 'Invalid JSON' },
  invalid_json_object: { code: 455, reason: 'Invalid JSON Object' },
  missing_mandatory_element: { code: 456, reason: 'Missing mandatory element' },
  invalid_request_path: { code: 457, reason: 'Invalid path for this request' },
  session_not_found: { code: 458, reason: 'Session not found' },
  handle_not_found: { code: 459, reason: 'Handle not found' },
  plugin_not_found: { code: 460, reason: 'Plugin not found' },
  plugin_attach: { code: 461, reason: 'Error attaching plugin' },
  plugin_message: { code: 462, reason: 'Error sending message to plugin' },
  plugin_detach: { code: 463, reason: 'Error detaching from plugin' },
  jsep_unknown_type: { code: 464, reason: 'Unsupported JSEP type' },
  jsep_invalid_sdp: { code: 465, reason: 'Invalid SDP' },
  trickle_invalid_stream: { code: 466, reason: 'Invalid stream' },
  invalid_element_type: { code: 467, reason: 'Invalid element type' },
  session_conflict: { code: 468, reason: 'Session ID already in use' },
  unexpected_answer: { code: 469, reason: 'Unexpected ANSWER (no OFFER)' },
  token_not_found: { code: 470, reason: 'Token not found' },
  webrtc_state: { code: 471, reason: 'Wrong WebRTC state' },
  not_accepting_sessions: { code: 472, reason: 'Currently not accepting new sessions' },
  unknown: { code: 490, reason: 'Unknown error' },
} as const;

/** An entry of the error table. */
export type JanusErrorName = keyof typeof janusErrors;

/** A request that the gateway refuses; `code` and `message` go on the wire. */
export class JanusRefusal extends Error {
  override readonly name = 'JanusRefusal';
  readonly code: number;

  constructor(error: JanusErrorName, reason: string = janusErrors[error].reason, options?: ErrorOptions) {
    super(reason, options);
    this.code = janusErrors[error].code;
  }
}
