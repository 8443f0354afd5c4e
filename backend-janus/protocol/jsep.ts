import { JanusRefusal } from './errors.ts';
import { read } from './faults.ts';
import type { Jsep } from './messages.ts';

/** More than a browser with 30 m-lines writes; the commands of the broker take no more either. */
const longestSdp = 65_536;

/**
 * Reads the `jsep` beside a message; undefined if there is none. Throws JanusRefusal 455, 456, 464, 465 or 467.
 *
 * Of the SDP only what Janus checks first is checked here; its parser says the rest.
 */
export function readJsep(value: unknown): Jsep | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new JanusRefusal('invalid_json_object', 'Invalid jsep object');
  const { type, sdp, trickle, e2ee, rid_order } = read('jsep', value, 'JSEP error');
  const known = type.toLowerCase();
  if (known !== 'offer' && known !== 'answer')
    throw new JanusRefusal('jsep_unknown_type', `JSEP error: unknown message type '${type}'`);
  checkSdp(sdp);
  return {
    type: known,
    sdp,
    ...(trickle !== undefined && { trickle }),
    ...(e2ee !== undefined && { e2ee }),
    ...(rid_order !== undefined && { rid_order }),
  };
}

function checkSdp(sdp: string): void {
  if (sdp.length > longestSdp)
    throw new JanusRefusal('jsep_invalid_sdp', `Invalid SDP (longer than ${longestSdp})`);
  if (!sdp.startsWith('v='))
    throw new JanusRefusal('jsep_invalid_sdp', "Invalid SDP (doesn't start with v=)");
  if (!['\no=', '\ns=', '\nm='].every((line) => sdp.includes(line)))
    throw new JanusRefusal('jsep_invalid_sdp', 'Missing mandatory lines (o=, s= or m=)');
}
