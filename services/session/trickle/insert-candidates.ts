import type { Candidate } from '#schemas';

/** One m-line with the lines that belong to it. */
interface Section {
  readonly lines: string[];
  readonly mid: string | undefined;
}

const midPrefix = 'a=mid:';

/**
 * Puts candidates into a session description, each at the end of its m-line: the one of its `sdpMid`, else the one
 * of its `sdpMLineIndex`. A candidate that fits neither is left out.
 * @see RFC 8839 section 5.1
 */
export function insertCandidates(sdp: string, candidates: readonly Candidate[]): string {
  const [head = [], ...media] = split(sdp);
  const sections = media.map((lines): Section => ({ lines, mid: midOf(lines) }));
  for (const candidate of candidates) {
    sectionOf(candidate, sections)?.lines.push(`a=${candidate.candidate}`);
  }
  return [...head, ...sections.flatMap(({ lines }) => lines), ''].join('\r\n');
}

/** The session's own lines first, then those of each m-line. */
function split(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of sdp.split(/\r\n|\n/)) {
    if (line.startsWith('m=')) sections.push([]);
    if (line !== '') sections.at(-1)?.push(line);
  }
  return sections;
}

function midOf(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.startsWith(midPrefix))?.slice(midPrefix.length);
}

function sectionOf(candidate: Candidate, sections: readonly Section[]): Section | undefined {
  const { sdpMid, sdpMLineIndex } = candidate;
  const named = sdpMid === undefined ? undefined : sections.find(({ mid }) => mid === sdpMid);
  return named ?? sections[sdpMLineIndex];
}
