import { extensionUri } from '../header-extensions.ts';
import type { StreamPlan } from '../peer-connection.ts';
import { agree, intersection, receives, reversed, sends } from './agree.ts';
import { chooseCodecs } from './choose-codec.ts';
import type { HeaderExtension, MediaDescription, SessionDescription } from './description.ts';
import type { LocalMedia, LocalTransport, NegotiatedSession } from './negotiated.ts';
import { printSdp } from './print.ts';
import {
  dtlsRoleBeside,
  localSctp,
  localSource,
  requireTransport,
  transportOf,
  usableMedia,
} from './transport.ts';

/**
 * Answers an offer (RFC 3264 section 6, RFC 8829 section 5.3): one m-line for each that was offered, in order.
 * Plans find their m-line by mid, or, where a plan has none, take the next one of their kind that is free. What
 * no plan takes, has no common codec, or is not part of the one transport is rejected with port 0.
 *
 * Throws NegotiationError as `requireTransport` does.
 */
export function negotiateAnswer(
  offer: SessionDescription,
  plans: readonly StreamPlan[],
  local: LocalTransport,
): NegotiatedSession {
  const first = requireTransport(offer);
  const usable = usableMedia(offer);
  const planned = assignPlans(usable, plans);
  let hasData = false;
  const answers = offer.media.map((theirs) => {
    const plan = planned.get(theirs.index);
    const isSecondData = theirs.kind === 'data' && hasData;
    const ours = plan && !isSecondData ? answerMedia(theirs, plan, local) : rejection(theirs);
    hasData ||= ours.sctp !== undefined;
    return { ours, theirs };
  });
  const carrier = answers.find(({ ours }) => !ours.isRejected);
  const transport = carrier ? transportOf(offer, carrier.theirs) : first;
  const dtlsRole = dtlsRoleBeside(transport.setup, local);
  const sdp = printSdp(
    answers.map(({ ours }) => ours),
    local,
    dtlsRole,
    offer.isExtmapAllowMixed,
  );
  return { sdp, media: answers.map(({ ours, theirs }) => agree(ours, theirs)), transport, dtlsRole };
}

/** Which plan each m-line has, by its index. */
function assignPlans(
  usable: readonly MediaDescription[],
  plans: readonly StreamPlan[],
): ReadonlyMap<number, StreamPlan> {
  const assigned = new Map<number, StreamPlan>();
  for (const plan of plans) {
    const media = usable.find(
      ({ index, mid, kind }) =>
        !assigned.has(index) && kind === plan.kind && (plan.mid === undefined || plan.mid === mid),
    );
    if (media !== undefined) assigned.set(media.index, plan);
  }
  return assigned;
}

function answerMedia(offered: MediaDescription, plan: StreamPlan, local: LocalTransport): LocalMedia {
  if (offered.sctp !== undefined) return answerData(offered, plan, local);
  const codecs = chooseCodecs(offered, plan, local.hasTransportCc);
  if (codecs.length === 0) return rejection(offered);
  const direction = intersection(plan.direction, reversed(offered.direction));
  const hasRtx = codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined);
  return {
    ...rejection(offered),
    isRejected: false,
    direction,
    codecs,
    extensions: mirroredExtensions(offered, local.hasTransportCc),
    source: sends(direction) ? localSource(local, offered.mid, hasRtx) : undefined,
    simulcast: receives(direction) ? acceptedLayers(offered, plan.rids ?? []) : [],
    rids: plan.rids ?? [],
  };
}

/** An m-line with port 0, which keeps its place (RFC 3264 section 6). */
function rejection(offered: MediaDescription): LocalMedia {
  return {
    mediaType: offered.mediaType,
    protocol: offered.protocol,
    mid: offered.hasMid ? offered.mid : undefined,
    isRejected: true,
    offeredFormat: offered.formats[0] ?? '',
    direction: 'inactive',
    codecs: [],
    extensions: [],
    source: undefined,
    simulcast: [],
    rids: [],
    sctp: undefined,
  };
}

function answerData(offered: MediaDescription, plan: StreamPlan, local: LocalTransport): LocalMedia {
  if (plan.direction === 'inactive') return rejection(offered);
  const sctp = localSctp(local, offered.sctp?.isOldSyntax === true);
  return { ...rejection(offered), isRejected: false, direction: 'sendrecv', sctp };
}

/** RFC 8285 section 4.2: ids that fit the one-byte form, which is the only one we write. */
const highestExtensionId = 14;

/** The header extensions that we know, with the offerer's ids; the first of an id or URI wins. */
function mirroredExtensions(offered: MediaDescription, hasTransportCc: boolean): readonly HeaderExtension[] {
  const known = new Set<string>(Object.values(extensionUri));
  if (!hasTransportCc) known.delete(extensionUri.transportWide);
  const ids = new Set<number>();
  return offered.extensions.flatMap(({ id, uri, direction }) => {
    const isUsable = id >= 1 && id <= highestExtensionId && direction !== 'inactive' && !ids.has(id);
    if (!isUsable || !known.delete(uri)) return [];
    ids.add(id);
    return [{ id, uri, direction: reversed(direction) }];
  });
}

/** Three are what browsers send; RFC 8853 has no limit. */
const mostLayers = 8;

function acceptedLayers(offered: MediaDescription, wished: readonly string[]): LocalMedia['simulcast'] {
  const isTellable = offered.extensions.some(({ uri }) => uri === extensionUri.rid);
  if (!isTellable) return [];
  const sent = new Set(offered.rids.filter(({ direction }) => direction === 'send').map(({ id }) => id));
  const left = new Set(wished.filter((rid) => sent.has(rid)));
  const layers = offered.simulcast?.send ?? [];
  return layers.filter(({ rid }) => left.delete(rid)).slice(0, mostLayers);
}
