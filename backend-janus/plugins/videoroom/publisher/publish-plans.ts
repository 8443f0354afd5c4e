import { offeredStreams, parseSdp, type StreamPlan } from '#janus/media';
import { fromLowToHigh } from '../../shared/simulcast-order.ts';
import { encodingNames } from '../rules/codecs.ts';
import type { StreamFacts } from '../rules/feed.ts';
import type { RoomOptions } from '../rules/room-options.ts';

/** What a publisher may send of the codecs of its room, from the first choice to the last. */
export interface PublishCodecs {
  readonly audio: readonly string[];
  readonly video: readonly string[];
}

/**
 * Plans to take all that is offered in a codec of the room, and the first data m-line. Throws NegotiationError if the
 * offer cannot be read.
 */
export function publishPlans(
  offerSdp: string,
  codecs: PublishCodecs,
  options: RoomOptions,
  ridOrder: string | undefined,
): readonly StreamPlan[] {
  const fmtp = formatWishes(options);
  return offeredStreams(parseSdp(offerSdp)).flatMap(
    ({ mid, kind, direction, codecNames, rids }): StreamPlan[] => {
      if (kind === 'data') return [{ mid, kind, direction: 'sendrecv', codecs: [] }];
      const wanted = encodingNames(kind, codecs[kind]).filter((name) => codecNames.includes(name));
      if (wanted.length === 0) return [];
      const isSent = direction === 'sendonly' || direction === 'sendrecv';
      const common = { mid, kind, codecs: wanted, fmtp };
      return isSent
        ? [{ ...common, direction: 'recvonly', rids: fromLowToHigh(rids, ridOrder) }]
        : [{ ...common, direction: 'inactive' }];
    },
  );
}

/** What an answer of ours makes of the m-lines of an offer, in their order. */
export function publishedStreams(offerSdp: string, answerSdp: string): readonly StreamFacts[] {
  const offered = parseSdp(offerSdp).media;
  return parseSdp(answerSdp).media.flatMap(
    ({ index, mid, kind, isRejected, direction, codecs }): StreamFacts[] => {
      if (kind === 'other') return [];
      const isDisabled = isRejected || (kind !== 'data' && direction !== 'recvonly');
      const theirs = offered[index];
      const hasGroup = theirs?.ssrcGroups.some(({ semantics }) => semantics === 'SIM') === true;
      const isSimulcast = kind === 'video' && (hasGroup || theirs?.simulcast !== undefined);
      const [codec] = codecs;
      return [
        {
          ...{ mid: offered[index]?.mid ?? mid, mindex: index, type: kind, isSimulcast, isDisabled },
          ...(codec !== undefined && !isDisabled && codecFacts(codec)),
        },
      ];
    },
  );
}

function codecFacts({
  name,
  parameters,
}: {
  readonly name: string;
  readonly parameters: string;
}): Pick<StreamFacts, 'codec' | 'format'> {
  return { codec: name.toLowerCase(), format: { name, parameters } };
}

/** Opus says what the room wants of it; else what the offer says is repeated. */
function formatWishes({
  opus_fec,
  opus_dtx,
  h264_profile,
  vp9_profile,
}: RoomOptions): Record<string, string> {
  const opus = [...(opus_fec ? ['useinbandfec=1'] : []), ...(opus_dtx ? ['usedtx=1'] : [])].join(';');
  const isUsual = opus_fec && !opus_dtx;
  return {
    ...(!isUsual && { opus }),
    ...(h264_profile !== undefined && { H264: `profile-level-id=${h264_profile}` }),
    ...(vp9_profile !== undefined && { VP9: `profile-id=${vp9_profile}` }),
  };
}
