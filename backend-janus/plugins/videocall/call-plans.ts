import type { OfferedStream, StreamPlan } from '#janus/media';
import { fromLowToHigh } from '../shared/simulcast-order.ts';

/** DTMF, which goes beside another codec and is none itself (RFC 4733). */
const telephoneEvent = 'telephone-event';

/**
 * What to offer the one side of what the other offered us: the same m-lines, by their mids, with all codecs that we can
 * relay in the same order. An m-line without such a codec is left out.
 */
export function plansToOffer(offered: readonly OfferedStream[]): readonly StreamPlan[] {
  return offered.flatMap(({ mid, kind, direction, codecNames: codecs, fmtp }): StreamPlan[] => {
    if (kind === 'data') return [{ mid, kind, direction: 'sendrecv', codecs: [] }];
    return codecs.some(isMedia) ? [{ mid, kind, direction, codecs, fmtp }] : [];
  });
}

/**
 * What to answer the side that offered, once the other one has `answered`: of each m-line that it took the codec it will
 * send, since nothing is transcoded. `ridOrder` says the order of layers, as in `fromLowToHigh`.
 */
export function plansToAnswer(
  offered: readonly OfferedStream[],
  answered: readonly OfferedStream[],
  ridOrder: string | undefined,
): readonly StreamPlan[] {
  return offered.flatMap((ours): StreamPlan[] => {
    const { mid, kind, codecNames, rids } = ours;
    const theirs = answered.find((one) => one.mid === mid && one.kind === kind);
    if (theirs === undefined) return [];
    if (kind === 'data') return [{ mid, kind, direction: 'sendrecv', codecs: [] }];
    const shared = theirs.codecNames.filter((name) => codecNames.includes(name));
    const codec = shared.find(isMedia);
    if (codec === undefined) return [];
    const codecs = [codec, ...shared.filter((name) => !isMedia(name))];
    return [{ mid, kind, direction: theirs.direction, codecs, rids: fromLowToHigh(rids, ridOrder) }];
  });
}

function isMedia(codecName: string): boolean {
  return codecName !== telephoneEvent;
}
