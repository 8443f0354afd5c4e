import { JanusRefusal } from './errors.ts';
import { read } from './faults.ts';
import type { JanusTrickle } from './messages.ts';
import { element } from './requests.ts';

/** What a `trickle` request brings. */
export interface Trickle {
  /** Those that can be used, in their order. */
  readonly candidates: readonly JanusTrickle[];
  /** Why one that stands alone cannot be used. Told only while candidates are not being queued. */
  readonly refusal?: JanusRefusal;
}

/** More than a browser gathers; the rest of a longer list is dropped. */
const mostCandidates = 64;

/** Longer than any candidate-attribute with its extensions (RFC 8839 section 5.1). */
const longestCandidate = 1024;

/** Reads a `trickle` request. Throws JanusRefusal 456 or 454 when it holds neither or both kinds of list. */
export function readTrickle(message: object): Trickle {
  const candidate = element(message, 'candidate');
  const candidates = element(message, 'candidates');
  if (candidate === undefined && candidates === undefined)
    throw new JanusRefusal('missing_mandatory_element', 'Missing mandatory element (candidate|candidates)');
  if (candidate !== undefined && candidates !== undefined)
    throw new JanusRefusal('invalid_json', "Can't have both candidate and candidates");
  if (candidates === undefined) return readOne(candidate);
  if (!Array.isArray(candidates))
    return {
      candidates: [],
      refusal: new JanusRefusal('invalid_element_type', 'candidates is not an array'),
    };
  const items: readonly unknown[] = candidates.slice(0, mostCandidates);
  return { candidates: items.flatMap((item) => readOne(item).candidates) };
}

function readOne(value: unknown): Trickle {
  if (typeof value !== 'object' || value === null || element(value, 'completed') !== undefined)
    return { candidates: [{ completed: true }] };
  try {
    const { candidate, sdpMid, sdpMLineIndex } = read('candidate', value, 'Trickle error');
    if (sdpMid === undefined && sdpMLineIndex === undefined) return { candidates: [], refusal: nowhere() };
    if (candidate === '' || candidate.length > longestCandidate) return { candidates: [] };
    const place = { sdpMLineIndex: sdpMLineIndex ?? 0, ...(sdpMid !== undefined && { sdpMid }) };
    return { candidates: [{ candidate, ...place }] };
  } catch (cause) {
    if (cause instanceof JanusRefusal) return { candidates: [], refusal: cause };
    throw cause;
  }
}

function nowhere(): JanusRefusal {
  return new JanusRefusal(
    'missing_mandatory_element',
    'Trickle error: missing mandatory element (sdpMid or sdpMLineIndex)',
  );
}
