import { extensionUri } from './header-extensions.ts';
import type { RtpPacket } from './rtp-packet.ts';
import type { ReceiveParameters } from './rtp-sink.ts';
import type { ReceiveNegotiation } from './sdp/negotiated.ts';

/** One of the encodings that a peer sends on an m-line. */
export interface Encoding extends EncodingPlace {
  readonly ssrc: number;
  /** For `MediaRouter.publish`. */
  readonly parameters: ReceiveParameters;
}

/** Which simulcast layer an encoding is; both members are absent where the m-line has no simulcast. */
export interface EncodingPlace {
  /** Its name (RFC 8851); simulcast by SSRC has no names, and gets the place as digits. */
  readonly rid?: string;
  /** Its place among the layers of its m-line, 0 the lowest. */
  readonly layer?: number;
}

/**
 * Which layer of its m-line a packet with a new SSRC belongs to: by the rid that it carries (RFC 8853 section 5.2), or
 * by its place in `a=ssrc-group:SIM`. Undefined if there is simulcast and the packet belongs to none of its layers.
 */
export function placeOf(packet: RtpPacket, receive: ReceiveNegotiation): EncodingPlace | undefined {
  const { rids, ssrcGroups } = receive;
  const group = ssrcGroups.find(({ semantics }) => semantics === 'SIM')?.ssrcs;
  if (rids.length === 0 && group === undefined) return {};
  const rid = sdesItem(packet, receive, extensionUri.rid);
  const named = rid === undefined ? -1 : rids.indexOf(rid);
  if (rid !== undefined && named >= 0) return { rid, layer: named };
  const layer = group?.indexOf(packet.ssrc) ?? -1;
  return layer < 0 ? undefined : { rid: String(layer), layer };
}

/** The rid of the layer that a retransmission repeats (RFC 8852 section 3.2); undefined if it does not tell. */
export function repairedRid(packet: RtpPacket, receive: ReceiveNegotiation): string | undefined {
  return sdesItem(packet, receive, extensionUri.repairedRid);
}

function sdesItem(packet: RtpPacket, { extensions }: ReceiveNegotiation, uri: string): string | undefined {
  const id = extensions.get(uri);
  return id === undefined ? undefined : packet.extension(id)?.toString('latin1');
}
