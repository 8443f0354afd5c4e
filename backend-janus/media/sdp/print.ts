import type { HeaderExtension, Setup, SimulcastLayer } from './description.ts';
import type { LocalCodec, LocalMedia, LocalSctp, LocalTransport } from './negotiated.ts';

/**
 * The text of a description of ours (RFC 8829 sections 5.2 and 5.3); `setup` is our DTLS role in it. An answer says
 * `extmap-allow-mixed` if the offer did (RFC 8285 section 6).
 */
export function printSdp(
  media: readonly LocalMedia[],
  local: LocalTransport,
  setup: Setup,
  isExtmapAllowMixed: boolean,
): string {
  const bundled = media.filter(({ isRejected }) => !isRejected).flatMap(({ mid }) => mid ?? []);
  const { sessionId, version } = local.origin;
  const lines = [
    'v=0',
    `o=- ${sessionId} ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(bundled.length > 0 ? [`a=group:BUNDLE ${bundled.join(' ')}`] : []),
    ...(local.isIceLite ? ['a=ice-lite'] : []),
    ...(isExtmapAllowMixed ? ['a=extmap-allow-mixed'] : []),
    'a=msid-semantic: WMS *',
    ...media.flatMap((one) => mediaLines(one, local, setup)),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The stream that all our tracks belong to. */
const streamId = 'bifrons';

function mediaLines(media: LocalMedia, local: LocalTransport, setup: Setup): readonly string[] {
  const { mediaType, isRejected, protocol, mid, direction } = media;
  const head = [
    `m=${mediaType} ${isRejected ? 0 : 9} ${protocol} ${formatsOf(media).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    ...(mid === undefined ? [] : [`a=mid:${mid}`]),
  ];
  if (isRejected) return [...head, 'a=inactive'];
  if (media.sctp !== undefined) return [...head, ...transportLines(local, setup), ...sctpLines(media.sctp)];
  return [
    ...head,
    `a=${direction}`,
    'a=rtcp-mux',
    ...transportLines(local, setup),
    ...media.codecs.flatMap(codecLines),
    ...media.extensions.map(extensionLine),
    ...sourceLines(media, local.cname),
    ...simulcastLines(media.simulcast),
  ];
}

/** Payload types, or what stands in their place. */
function formatsOf({ isRejected, offeredFormat, sctp, codecs }: LocalMedia): readonly (string | number)[] {
  if (isRejected) return [offeredFormat];
  if (sctp !== undefined) return [sctp.isOldSyntax ? sctp.port : 'webrtc-datachannel'];
  return codecs.flatMap(({ payloadType, rtxPayloadType }) => [payloadType, rtxPayloadType ?? []].flat());
}

function transportLines(local: LocalTransport, setup: Setup): readonly string[] {
  return [
    `a=ice-ufrag:${local.iceUfrag}`,
    `a=ice-pwd:${local.icePwd}`,
    'a=ice-options:trickle',
    ...local.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${setup}`,
    ...local.candidates.map((candidate) => `a=${candidate}`),
    ...(local.hasAllCandidates ? ['a=end-of-candidates'] : []),
  ];
}

function codecLines(codec: LocalCodec): readonly string[] {
  const { payloadType, name, clockRate, channels, parameters, feedback, rtxPayloadType } = codec;
  const rtx =
    rtxPayloadType === undefined
      ? []
      : [`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`];
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`,
    ...feedback.map((type) => `a=rtcp-fb:${payloadType} ${type}`),
    ...(parameters === '' ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
    ...rtx,
  ];
}

function extensionLine({ id, uri, direction }: HeaderExtension): string {
  return `a=extmap:${id}${direction === 'sendrecv' ? '' : `/${direction}`} ${uri}`;
}

function sourceLines({ source, mid = '' }: LocalMedia, cname: string): readonly string[] {
  if (source === undefined) return [];
  const { ssrc, rtxSsrc } = source;
  const msid = `${streamId} ${streamId}${mid}`;
  const ssrcs = rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc];
  return [
    `a=msid:${msid}`,
    ...(rtxSsrc === undefined ? [] : [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`]),
    ...ssrcs.flatMap((one) => [`a=ssrc:${one} cname:${cname}`, `a=ssrc:${one} msid:${msid}`]),
  ];
}

function simulcastLines(layers: readonly SimulcastLayer[]): readonly string[] {
  if (layers.length === 0) return [];
  const list = layers.map(({ rid, isPaused }) => `${isPaused ? '~' : ''}${rid}`).join(';');
  return [...layers.map(({ rid }) => `a=rid:${rid} recv`), `a=simulcast:recv ${list}`];
}

function sctpLines({ port, maxMessageSize, isOldSyntax }: LocalSctp): readonly string[] {
  // The number at the end is the streams each way; drafts had 1,024 there, and browsers ignore it.
  const association = isOldSyntax ? `a=sctpmap:${port} webrtc-datachannel 1024` : `a=sctp-port:${port}`;
  return [association, `a=max-message-size:${maxMessageSize}`];
}
