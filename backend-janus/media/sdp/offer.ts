import { extensionUri } from '../header-extensions.ts';
import { NegotiationError } from '../negotiation-error.ts';
import type { StreamPlan } from '../peer-connection.ts';
import {
  agree,
  agreedCodecs,
  agreedExtensions,
  intersection,
  receives,
  reversed,
  sends,
  type AgreedCodec,
} from './agree.ts';
import {
  codecTable,
  feedbackTypes,
  offeredExtensions,
  telephoneEvent,
  type CodecRule,
} from './capabilities.ts';
import { isSame, ruleOf, wishedParameters } from './choose-codec.ts';
import type { HeaderExtension, MediaDescription, SessionDescription } from './description.ts';
import type {
  LocalCodec,
  LocalMedia,
  LocalTransport,
  NegotiatedMedia,
  NegotiatedOffer,
  NegotiatedSession,
} from './negotiated.ts';
import { parseSdp } from './parse.ts';
import { printSdp } from './print.ts';
import { localSctp, localSource, transportOf, usableMedia } from './transport.ts';

/**
 * Makes an offer of ours (RFC 8829 section 5.2): one m-line per plan, in order, with all of the plan's codecs.
 * A plan without mid gets a free number.
 *
 * `before` is what was agreed last: its m-lines keep their places, those that no plan names are removed with port 0,
 * and what is new comes behind them (RFC 3264 section 8). What was agreed of payload types and header extension ids
 * stays, whoever gave them, and an m-line gets no other extensions (RFC 8829 section 5.2.2).
 *
 * Throws NegotiationError if a plan names no codec we know, an m-line of another kind, or more codecs than there are
 * payload types.
 *
 * Limit: numbers that the peer offered and we did not take, or that an m-line on hold had, may be given to others.
 */
export function negotiateOffer(
  plans: readonly StreamPlan[],
  local: LocalTransport,
  before: readonly NegotiatedMedia[] = [],
): NegotiatedOffer {
  const numbers = new Numbers(before);
  const kept = before.map((media) => keptMedia(media, plans, local, numbers));
  const places = new Set(before.map(({ mid }) => mid));
  const taken = new Set([...places, ...plans.flatMap(({ mid }) => mid ?? [])]);
  let next = 0;
  const added = plans.filter(({ mid }) => mid === undefined || !places.has(mid));
  const media = added.map((plan) => {
    while (plan.mid === undefined && taken.has(String(next))) next += 1;
    const mid = plan.mid ?? String(next);
    taken.add(mid);
    return offerMedia({ ...plan, mid }, local, numbers);
  });
  const all = [...kept, ...media];
  return { sdp: printSdp(all, local, local.dtlsRole ?? 'actpass', true), media: all };
}

/**
 * Takes the answer to an offer of ours (RFC 3264 section 7): what it leaves of each m-line.
 *
 * Throws NegotiationError if it is not one: other m-lines, another mid, no codec of ours, an open DTLS role, or
 * what `requireTransport` refuses.
 */
export function acceptAnswer(offer: NegotiatedOffer, answerSdp: string): NegotiatedSession {
  const answer = parseSdp(answerSdp);
  if (answer.media.length !== offer.media.length) {
    throw new NegotiationError(`SDP answers ${answer.media.length} m-lines of ${offer.media.length}`);
  }
  const usable = new Set(usableMedia(answer));
  const pairs = offer.media.flatMap((offered, index) => {
    const theirs = answer.media[index];
    if (theirs === undefined) return [];
    return [{ theirs, ours: accept(offered, theirs, usable.has(theirs)) }];
  });
  const carrier = pairs.find(({ ours }) => !ours.isRejected);
  if (carrier === undefined) throw new NegotiationError('SDP accepts no m-line of the offer');
  const media = pairs.map(({ ours, theirs }) => agree(ours, theirs));
  return { sdp: offer.sdp, media, ...answeredTransport(answer, carrier.theirs) };
}

/** An m-line that the peer knows: as it is planned now, or removed. */
function keptMedia(
  before: NegotiatedMedia,
  plans: readonly StreamPlan[],
  local: LocalTransport,
  numbers: Numbers,
): LocalMedia {
  const { mid, kind } = before;
  const plan = plans.find((wanted) => wanted.mid === mid);
  if (plan === undefined) return removedMedia(mid, kind);
  if (plan.kind !== kind) throw new NegotiationError(`mid ${mid} is ${kind}, not ${plan.kind}`);
  return offerMedia({ ...plan, mid }, local, numbers, before);
}

/** An m-line with port 0, which keeps its place; it may not be empty, so it names a format that nobody will use. */
function removedMedia(mid: string, kind: NegotiatedMedia['kind']): LocalMedia {
  const isData = kind === 'data' || kind === 'other';
  return {
    mediaType: isData ? 'application' : kind,
    protocol: isData ? 'UDP/DTLS/SCTP' : 'UDP/TLS/RTP/SAVPF',
    mid,
    isRejected: true,
    offeredFormat: isData ? 'webrtc-datachannel' : '0',
    direction: 'inactive',
    codecs: [],
    extensions: [],
    source: undefined,
    rids: [],
    simulcast: [],
    sctp: undefined,
  };
}

type PlanWithMid = StreamPlan & { readonly mid: string };

function offerMedia(
  plan: PlanWithMid,
  local: LocalTransport,
  numbers: Numbers,
  before?: NegotiatedMedia,
): LocalMedia {
  const { kind, mid, direction } = plan;
  const blank = {
    mid,
    isRejected: false,
    offeredFormat: '',
    codecs: [],
    extensions: [],
    simulcast: [],
    rids: [],
  };
  if (kind === 'data') {
    const names = { mediaType: 'application', protocol: 'UDP/DTLS/SCTP' };
    const sctp = localSctp(local, false);
    return { ...blank, ...names, direction: 'sendrecv', source: undefined, sctp };
  }
  const rids = receives(direction) ? (plan.rids ?? []) : [];
  const codecs = offerCodecs(kind, plan, local.hasTransportCc, { numbers, before });
  return {
    ...blank,
    mediaType: kind,
    protocol: 'UDP/TLS/RTP/SAVPF',
    direction,
    codecs,
    extensions:
      numbers.extensions(before) ?? offerExtensions(kind, rids.length > 0, local.hasTransportCc, numbers),
    source: sends(direction) ? localSource(local, mid, hasRtx(codecs)) : undefined,
    simulcast: rids.map((rid) => ({ rid, isPaused: false })),
    rids,
    sctp: undefined,
  };
}

function hasRtx(codecs: readonly LocalCodec[]): boolean {
  return codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined);
}

function offerCodecs(
  kind: 'audio' | 'video',
  plan: PlanWithMid,
  hasTransportCc: boolean,
  { numbers, before }: { readonly numbers: Numbers; readonly before: NegotiatedMedia | undefined },
): readonly LocalCodec[] {
  const agreed = before === undefined ? [] : agreedCodecs(before);
  const rules = plan.codecs.flatMap((wish) =>
    codecTable.filter(({ name, kind: its }) => its === kind && isSame(name, wish)),
  );
  const media = rules.filter(({ name }) => name !== telephoneEvent);
  if (media.length === 0) throw new NegotiationError(`no codec that we know for mid ${plan.mid}`);
  const clockRates = new Set(media.map(({ clockRate }) => clockRate));
  const feedback = feedbackTypes[kind].filter((type) => hasTransportCc || type !== 'transport-cc');
  return rules.flatMap((rule) => {
    const isEvent = rule.name === telephoneEvent;
    if (isEvent && !clockRates.has(rule.clockRate)) return [];
    const { name, clockRate, channels } = rule;
    const known = agreed.find((codec) => codec.name === name && codec.clockRate === clockRate);
    const parameters = wishedParameters(name, plan) ?? known?.parameters ?? rule.parameters;
    const { payloadType, rtxPayloadType } = known ?? numbers.of(rule, parameters);
    const types = { payloadType, rtxPayloadType };
    return [{ ...types, name, clockRate, channels, parameters, feedback: isEvent ? [] : feedback }];
  });
}

function offerExtensions(
  kind: 'audio' | 'video',
  hasRids: boolean,
  hasTransportCc: boolean,
  numbers: Numbers,
): readonly HeaderExtension[] {
  const unused = new Set<string>([
    ...(hasTransportCc ? [] : [extensionUri.transportWide]),
    ...(hasRids ? [] : [extensionUri.rid, extensionUri.repairedRid]),
  ]);
  return offeredExtensions[kind]
    .filter(([, uri]) => !unused.has(uri))
    .flatMap(([id, uri]) => numbers.extension(uri, id));
}

/** What RFC 3551 section 6 leaves to everyone, and then what RFC 5761 section 4 leaves of the rest. */
const dynamicPayloadTypes = [...fromTo(96, 127), ...fromTo(35, 63)];

function fromTo(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/**
 * The payload types and header extension ids of one offer: within a BUNDLE group one means the same on every m-line
 * (RFC 8843 sections 9.1.1 and 12), and as long as the session lasts. What is new has those of our table, unless
 * another m-line has the codec with other parameters or the number for something else.
 */
class Numbers {
  readonly #known = new Map<string, Pick<LocalCodec, 'payloadType' | 'rtxPayloadType'>>();
  readonly #agreed = new Set<number>();
  readonly #free: Set<number>;
  /** By URI. */
  readonly #extensions = new Map<string, number>();

  constructor(before: readonly NegotiatedMedia[]) {
    this.#free = new Set(dynamicPayloadTypes);
    for (const { payloadType, rtxPayloadType } of codecTable) this.#take(payloadType, rtxPayloadType);
    for (const media of before) {
      for (const [uri, id] of agreedExtensions(media) ?? []) this.#extensions.set(uri, id);
      for (const codec of agreedCodecs(media)) this.#keep(codec);
    }
  }

  /** What an m-line has, and keeps; undefined if there is nothing to keep. */
  extensions(before: NegotiatedMedia | undefined): readonly HeaderExtension[] | undefined {
    const agreed = before && agreedExtensions(before);
    return agreed && [...agreed].map(([uri, id]) => ({ id, uri, direction: 'sendrecv' }));
  }

  /** A new one with the id that it has elsewhere, or else with ours; none if that stands for another. */
  extension(uri: string, ours: number): readonly HeaderExtension[] {
    const known = this.#extensions.get(uri);
    if (known === undefined && [...this.#extensions.values()].includes(ours)) return [];
    return [{ id: known ?? ours, uri, direction: 'sendrecv' }];
  }

  of(rule: CodecRule, parameters: string): Pick<LocalCodec, 'payloadType' | 'rtxPayloadType'> {
    const codec = `${rule.name}/${rule.clockRate}`;
    const variant = `${codec} ${parameters}`;
    const known = this.#known.get(variant);
    if (known !== undefined) return known;
    const { payloadType, rtxPayloadType } = rule;
    const isTaken = this.#agreed.has(payloadType) || this.#agreed.has(rtxPayloadType ?? payloadType);
    const isFirst = !this.#known.has(codec) && !isTaken;
    const types = {
      payloadType: isFirst ? payloadType : this.#next(),
      rtxPayloadType: isFirst || rtxPayloadType === undefined ? rtxPayloadType : this.#next(),
    };
    this.#known.set(codec, types).set(variant, types);
    return types;
  }

  #keep({ name, clockRate, parameters, payloadType, rtxPayloadType }: AgreedCodec): void {
    const codec = `${name}/${clockRate}`;
    const types = { payloadType, rtxPayloadType };
    this.#known.set(codec, types).set(`${codec} ${parameters}`, types);
    this.#take(payloadType, rtxPayloadType);
    this.#agreed.add(payloadType).add(rtxPayloadType ?? payloadType);
  }

  #take(...payloadTypes: readonly (number | undefined)[]): void {
    for (const one of payloadTypes) if (one !== undefined) this.#free.delete(one);
  }

  #next(): number {
    const [next] = this.#free;
    if (next === undefined) throw new NegotiationError('no payload type is left for another codec');
    this.#free.delete(next);
    return next;
  }
}

/** Our m-line reduced to what its answer took. */
function accept(ours: LocalMedia, theirs: MediaDescription, isUsable: boolean): LocalMedia {
  if (theirs.mediaType !== ours.mediaType || (theirs.hasMid && theirs.mid !== ours.mid)) {
    throw new NegotiationError(`SDP answers mid ${ours.mid ?? ''} with another m-line`);
  }
  if (!isUsable || ours.isRejected)
    return { ...ours, isRejected: true, direction: 'inactive', source: undefined };
  return ours.sctp === undefined ? acceptMedia(ours, theirs) : ours;
}

function acceptMedia(ours: LocalMedia, theirs: MediaDescription): LocalMedia {
  const codecs = acceptedCodecs(ours, theirs);
  if (codecs.every(({ name }) => name === telephoneEvent)) {
    throw new NegotiationError(`SDP answers no codec that was offered for mid ${theirs.mid}`);
  }
  const direction = intersection(ours.direction, reversed(theirs.direction));
  const rtxSsrc = hasRtx(codecs) ? ours.source?.rtxSsrc : undefined;
  const taken = new Set(theirs.extensions.map(({ id, uri }) => `${id} ${uri}`));
  const layers = new Set(theirs.simulcast?.send.map(({ rid }) => rid));
  return {
    ...ours,
    direction,
    codecs,
    extensions: ours.extensions.filter(({ id, uri }) => taken.has(`${id} ${uri}`)),
    source: ours.source && sends(direction) ? { ssrc: ours.source.ssrc, rtxSsrc } : undefined,
    simulcast: ours.simulcast.filter(({ rid }) => layers.has(rid)),
  };
}

/** In the order of the answer, whose first is what the peer prefers (RFC 3264 section 6.1); then DTMF, at its clock rate first. */
function acceptedCodecs(ours: LocalMedia, theirs: MediaDescription): readonly LocalCodec[] {
  const accepted = theirs.codecs.flatMap((codec) => {
    const offered = ours.codecs.find(
      ({ payloadType, name }) => payloadType === codec.payloadType && ruleOf(codec)?.name === name,
    );
    if (offered === undefined) return [];
    const rtx = theirs.rtxPayloadTypes.get(codec.payloadType);
    const feedback = offered.feedback.filter((type) => codec.feedback.includes(type));
    return [{ ...offered, feedback, rtxPayloadType: rtx === offered.rtxPayloadType ? rtx : undefined }];
  });
  const media = accepted.filter(({ name }) => name !== telephoneEvent);
  const events = accepted.filter(({ name }) => name === telephoneEvent);
  const isBeside = ({ clockRate }: LocalCodec): boolean => clockRate === media[0]?.clockRate;
  return [...media, ...events.filter(isBeside), ...events.filter((one) => !isBeside(one))];
}

/** RFC 8842 section 5.3: an answer takes one DTLS role; RFC 4145 section 4 gives the one that is not named. */
function answeredTransport(
  answer: SessionDescription,
  carrier: MediaDescription,
): Pick<NegotiatedSession, 'transport' | 'dtlsRole'> {
  if (carrier.setup === 'actpass') throw new NegotiationError('SDP answers with a=setup:actpass');
  const transport = transportOf(answer, carrier);
  const setup = transport.setup === 'passive' ? 'passive' : 'active';
  return { transport: { ...transport, setup }, dtlsRole: setup === 'active' ? 'passive' : 'active' };
}
