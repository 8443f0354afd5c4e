import type { Direction, MediaDescription } from './description.ts';
import type {
  FeedbackTypes,
  LocalCodec,
  LocalMedia,
  NegotiatedCodec,
  NegotiatedMedia,
  ReceiveNegotiation,
  RemoteSsrc,
  SendNegotiation,
} from './negotiated.ts';

/** What one m-line has become: `ours` says no more than `theirs` allows. */
export function agree(ours: LocalMedia, theirs: MediaDescription): NegotiatedMedia {
  const { mid, index, kind, sctp } = theirs;
  const { isRejected, direction, codecs } = ours;
  const isData = !isRejected && ours.sctp !== undefined && sctp !== undefined;
  const hasMedia = !isRejected && codecs.length > 0;
  return {
    mid,
    index,
    kind,
    isRejected,
    direction,
    ...(isData ? { sctp: { port: sctp.port, maxMessageSize: sctp.maxMessageSize } } : {}),
    ...(hasMedia && receives(direction) ? { receive: receiveParameters(ours, theirs) } : {}),
    ...(hasMedia ? sendParameters(ours) : {}),
  };
}

/** A codec as it was agreed, with the payload type of its retransmissions. */
export type AgreedCodec = NegotiatedCodec & Pick<LocalCodec, 'rtxPayloadType'>;

/** The codecs of an m-line that a later offer keeps; of one that only sends the first, and of one on hold none. */
export function agreedCodecs({ receive, send }: NegotiatedMedia): readonly AgreedCodec[] {
  if (receive === undefined) {
    if (send === undefined) return [];
    return [{ ...send.codec, rtxPayloadType: send.payloadTypes.get(send.codec.name)?.rtx }];
  }
  const all = [...receive.codecs.values()];
  const rtxOf = new Map(all.map(({ rtxOf: of, payloadType }) => [of, payloadType]));
  return all
    .filter((codec) => codec.rtxOf === undefined)
    .map((codec) => ({ ...codec, rtxPayloadType: rtxOf.get(codec.payloadType) }));
}

/** The header extensions of an m-line that a later offer keeps, ids by URI; undefined for one on hold. */
export function agreedExtensions({
  receive,
  send,
}: NegotiatedMedia): ReadonlyMap<string, number> | undefined {
  return receive?.extensions ?? send?.extensions;
}

/** What the other side of an m-line may do at most, as it sees it. */
export function reversed(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  return direction === 'recvonly' ? 'sendonly' : direction;
}

/** What two sides allow together, each direction as the same side sees it (RFC 3264 section 6.1). */
export function intersection(one: Direction, other: Direction): Direction {
  const isReceiving = receives(one) && receives(other);
  if (sends(one) && sends(other)) return isReceiving ? 'sendrecv' : 'sendonly';
  return isReceiving ? 'recvonly' : 'inactive';
}

/** Whether a direction lets its side send. */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** Whether a direction lets its side receive. */
export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function receiveParameters(ours: LocalMedia, theirs: MediaDescription): ReceiveNegotiation {
  return {
    codecs: new Map(ours.codecs.flatMap(negotiatedCodecs).map((codec) => [codec.payloadType, codec])),
    extensions: extensionIds(ours),
    ssrcs: remoteSsrcs(theirs),
    ssrcGroups: theirs.ssrcGroups.filter(({ semantics }) => semantics !== 'FID'),
    rids: acceptedRids(ours),
    feedback: feedbackOf(ours.codecs),
  };
}

function acceptedRids({ rids, simulcast }: LocalMedia): readonly string[] {
  const accepted = new Set(simulcast.map(({ rid }) => rid));
  return rids.filter((rid) => accepted.delete(rid));
}

function sendParameters(ours: LocalMedia): { readonly send?: SendNegotiation } {
  const [codec] = ours.codecs.slice(0, 1).flatMap(negotiatedCodecs);
  if (ours.source === undefined || codec === undefined) return {};
  const { ssrc, rtxSsrc } = ours.source;
  const send = {
    ssrc,
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    payloadTypes: payloadTypesByName(ours.codecs),
    extensions: extensionIds(ours),
    codec,
    clockRate: codec.clockRate,
    feedback: feedbackOf(ours.codecs),
  };
  return { send };
}

/** Where two have one name, as DTMF may have two clock rates, the first counts. */
function payloadTypesByName(codecs: readonly LocalCodec[]): SendNegotiation['payloadTypes'] {
  const types = new Map<string, { media: number; rtx?: number }>();
  for (const { name, payloadType: media, rtxPayloadType: rtx } of codecs) {
    if (!types.has(name)) types.set(name, rtx === undefined ? { media } : { media, rtx });
  }
  return types;
}

/** The codec, and its retransmissions if there are any. */
function negotiatedCodecs(codec: LocalCodec): readonly NegotiatedCodec[] {
  const { payloadType, name, clockRate, channels, parameters, rtxPayloadType } = codec;
  const media = { payloadType, name, clockRate, channels, parameters, rtxOf: undefined };
  if (rtxPayloadType === undefined) return [media];
  const apt = `apt=${payloadType}`;
  const rtx = { payloadType: rtxPayloadType, name: 'rtx', clockRate, channels, parameters: apt };
  return [media, { ...rtx, rtxOf: payloadType }];
}

function extensionIds({ extensions }: LocalMedia): ReadonlyMap<string, number> {
  return new Map(extensions.map(({ uri, id }) => [uri, id]));
}

function feedbackOf(codecs: readonly LocalCodec[]): FeedbackTypes {
  const types = codecs[0]?.feedback ?? [];
  return {
    nack: types.includes('nack'),
    pli: types.includes('nack pli'),
    fir: types.includes('ccm fir'),
    remb: types.includes('goog-remb'),
    transportCc: types.includes('transport-cc'),
  };
}

/** Announced sources; those that only repeat another (RFC 4588 section 8.7) stand with it. */
function remoteSsrcs({ ssrcs, ssrcGroups }: MediaDescription): readonly RemoteSsrc[] {
  const rtxOf = new Map<number, number>();
  for (const { semantics, ssrcs: members } of ssrcGroups) {
    const [media, rtx] = members;
    if (semantics === 'FID' && media !== undefined && rtx !== undefined) rtxOf.set(media, rtx);
  }
  const repeating = new Set(rtxOf.values());
  return ssrcs
    .filter(({ ssrc }) => !repeating.has(ssrc))
    .map(({ ssrc }) => ({ ssrc, rtxSsrc: rtxOf.get(ssrc) }));
}
