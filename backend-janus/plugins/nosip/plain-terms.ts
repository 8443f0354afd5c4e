import { PluginError } from '#janus/gateway';
import {
  agreedPayloadTypes,
  makeCrypto,
  type CodecDescription,
  type Crypto,
  type Direction,
  type PlainAgreement,
  type PlainMedia,
  type SharedCodec,
  type SrtpProfile,
} from '#janus/media';
import type { Random } from '#services/kernel';
import { noSipErrors, type SrtpWish } from './nosip-request.ts';

type Keys = PlainAgreement['keys'];

/** Keys of ours for an offer, one for each suite. */
export function offeredCryptos(
  wish: SrtpWish,
  suites: readonly SrtpProfile[],
  random: Random,
): readonly Crypto[] {
  if (wish === 'none') return [];
  return suites.map((suite, index) => makeCrypto(index + 1, suite, (size) => random.bytes(size)));
}

/** The keys that an answer chose of our offer. Throws PluginError 450 if it chose none and there must be some. */
export function answeredKeys(wish: SrtpWish, ours: readonly Crypto[], theirs: PlainMedia): Keys {
  const [chosen] = theirs.cryptos;
  const own = ours.find(({ tag, keys }) => tag === chosen?.tag && keys.profile === chosen.keys.profile);
  if (chosen !== undefined && own !== undefined) return { inbound: chosen.keys, outbound: own.keys };
  if (wish === 'mandatory' || theirs.isSecure)
    throw new PluginError(noSipErrors.tooStrict, 'SRTP is mandatory, and the answer takes no crypto of ours');
  return undefined;
}

/**
 * Our crypto beside one of an offer: always where its profile is a secure one, else if it was wished. Throws
 * PluginError 450 if there must be one, and there is none that we can use.
 */
export function answeringCrypto(
  wish: SrtpWish,
  theirs: PlainMedia,
  random: Random,
): { readonly crypto: Crypto; readonly keys: Keys } | undefined {
  const [chosen] = theirs.cryptos;
  if (chosen === undefined && (theirs.isSecure || wish === 'mandatory'))
    throw new PluginError(noSipErrors.tooStrict, 'SRTP is mandatory, and no crypto that we have is offered');
  if (chosen === undefined || (wish === 'none' && !theirs.isSecure)) return undefined;
  const crypto = makeCrypto(chosen.tag, chosen.keys.profile, (size) => random.bytes(size));
  return { crypto, keys: { inbound: chosen.keys, outbound: crypto.keys } };
}

/**
 * What was agreed with a plain peer, in the terms of its leg; undefined while nobody knows where it is. `direction` is
 * as the peer sees it; `takes` may come, `gives` is what we send.
 */
export function agreementOf(
  { remote, remoteRtcp, media }: PlainMedia,
  direction: Direction,
  takes: readonly CodecDescription[],
  gives: readonly CodecDescription[],
  keys: Keys,
): PlainAgreement | undefined {
  const [main] = takes;
  if (remote === undefined || remoteRtcp === undefined || main === undefined) return undefined;
  const feedback =
    media.codecs.find(({ payloadType }) => payloadType === gives[0]?.payloadType)?.feedback ?? [];
  return {
    remote,
    remoteRtcp,
    isRtcpMux: media.isRtcpMux,
    sends: direction === 'sendrecv' || direction === 'recvonly',
    receives: direction === 'sendrecv' || direction === 'sendonly',
    ...agreedPayloadTypes(takes, gives),
    clockRate: main.clockRate,
    feedback: {
      // A packet that was protected once cannot be sent under its number again.
      nack: feedback.includes('nack') && keys === undefined,
      pli: feedback.includes('nack pli'),
      fir: feedback.includes('ccm fir'),
    },
    ...(keys !== undefined && { keys }),
  };
}

/** What we take and what the other side takes, DTMF last. */
export function codecPair({ ours, theirs, ourEvents, theirEvents }: SharedCodec): {
  readonly ours: readonly CodecDescription[];
  readonly theirs: readonly CodecDescription[];
} {
  return {
    ours: [ours, ...(ourEvents === undefined ? [] : [ourEvents])],
    theirs: [theirs, ...(theirEvents === undefined ? [] : [theirEvents])],
  };
}

/** Codecs as a plain peer is told of them: with the feedback that a leg knows, of what the other side listed. */
export function withFeedback(
  codecs: readonly CodecDescription[],
  hasKeys: boolean,
): readonly CodecDescription[] {
  const known = hasKeys ? ['nack pli', 'ccm fir'] : ['nack', 'nack pli', 'ccm fir'];
  return codecs.map((codec) => ({
    ...codec,
    feedback: known.filter((type) => codec.feedback.includes(type)),
  }));
}
