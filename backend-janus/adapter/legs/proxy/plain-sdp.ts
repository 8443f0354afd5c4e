/** A description without its data channels, and what is needed to reject them in the answer. */
export interface WithoutData {
  readonly sdp: string;
  /** The m-lines that were taken out, as an answer rejects them, by their place in the whole. */
  readonly rejected: ReadonlyMap<number, string>;
}

/** RFC 3551 section 6: payload types that need no `a=rtpmap`. */
const staticCodecs: ReadonlyMap<string, string> = new Map([
  ['0', 'pcmu'],
  ['3', 'gsm'],
  ['4', 'g723'],
  ['8', 'pcma'],
  ['9', 'g722'],
  ['18', 'g729'],
  ['34', 'h263'],
]);

/** What passes between WebRTC and plain RTP as it is. */
const relayed: ReadonlySet<string> = new Set(['pcmu', 'pcma', 'g722', 'opus', 'vp8', 'h264']);

/** What goes along with a codec and is none: nothing can be heard or seen of it alone. */
const companions: ReadonlySet<string> = new Set([
  'telephone-event',
  'cn',
  'rtx',
  'red',
  'ulpfec',
  'flexfec-03',
]);

/**
 * Takes the m-lines of data channels out of an offer, as plain RTP has none, and their mids out of its bundle.
 * The answer to what is left is made whole again by `rejectData`.
 */
export function withoutData(sdp: string): WithoutData {
  const [session = '', ...sections] = split(sdp);
  const rejected = new Map<number, string>();
  const mids: string[] = [];
  for (const [index, section] of sections.entries()) {
    if (!section.startsWith('m=application ')) continue;
    rejected.set(index, rejection(section));
    mids.push(...lineValues(section, 'a=mid:'));
  }
  if (rejected.size === 0) return { sdp, rejected };
  const left = sections.filter((_, index) => !rejected.has(index));
  return { sdp: [unbundled(session, mids), ...left].join(''), rejected };
}

/** Puts the rejected m-lines back into an answer, where the offer had them (RFC 3264 section 6). */
export function rejectData(sdp: string, rejected: ReadonlyMap<number, string>): string {
  const [session = '', ...sections] = split(sdp);
  for (const [index, section] of [...rejected].sort(([one], [other]) => one - other))
    sections.splice(index, 0, section);
  return [session, ...sections].join('');
}

/**
 * An answer with an m-line for each of the offer's: phones that leave out what they do not have, against RFC 3264 section 6,
 * reject it by that. One without any m-line stays as it is.
 */
export function completed(offer: string, answer: string): string {
  const [, ...offered] = split(offer);
  const [, ...answered] = split(answer);
  const missing = answered.length === 0 ? [] : offered.slice(answered.length);
  if (missing.length === 0) return answer;
  return [answer.replace(/\r?\n$/, ''), '\r\n', ...missing.map(rejection)].join('');
}

/**
 * Whether any stream of an answer is accepted with a codec that was offered for it. Also true of an answer without any
 * m-line: what is wrong with that is not its codecs.
 */
export function sharesCodec(offer: string, answer: string): boolean {
  const [, ...offered] = split(offer);
  const [, ...answered] = split(answer);
  if (answered.length === 0) return true;
  return answered.some((section, index) => {
    const known = codecsOf(offered[index] ?? '');
    return !isRejected(section) && [...codecsOf(section)].some((codec) => known.has(codec));
  });
}

/**
 * Whether any stream of an offer has a codec that passes between WebRTC and plain RTP. Also true of an offer without any
 * m-line: what is wrong with that is not its codecs.
 */
export function hasRelayedCodec(offer: string): boolean {
  const [, ...sections] = split(offer);
  const isRelayed = (section: string): boolean => [...codecsOf(section)].some((codec) => relayed.has(codec));
  return sections.length === 0 || sections.some((section) => !isRejected(section) && isRelayed(section));
}

/** The session part, then one part for each m-line; together they are the whole. */
function split(sdp: string): readonly string[] {
  return sdp.split(/^(?=m=)/m);
}

function isRejected(section: string): boolean {
  return /^m=\S+ 0 /.test(section);
}

function lineValues(section: string, prefix: string): readonly string[] {
  return lines(section)
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}

function lines(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

function rejection(section: string): string {
  const [media = ''] = lines(section);
  const kept = lines(section).filter((line) => line.startsWith('a=mid:'));
  return [media.replace(/^(m=\S+) \S+/, '$1 0'), 'c=IN IP4 0.0.0.0', ...kept, ''].join('\r\n');
}

function unbundled(session: string, mids: readonly string[]): string {
  const without = (line: string): string =>
    line
      .split(' ')
      .filter((word) => !mids.includes(word))
      .join(' ');
  return session
    .split('\n')
    .map((line) => {
      if (!line.startsWith('a=group:BUNDLE')) return line;
      return line.endsWith('\r') ? `${without(line.slice(0, -1))}\r` : without(line);
    })
    .join('\n');
}

/** In lower case, without what only goes along with a codec. */
function codecsOf(section: string): ReadonlySet<string> {
  const [media = ''] = lines(section);
  const [, , , ...payloads] = media.split(' ');
  const mapped = new Map(
    lineValues(section, 'a=rtpmap:').map((value): [string, string] => {
      const [payload = '', encoding = ''] = value.split(' ');
      return [payload, encoding.split('/')[0]?.toLowerCase() ?? ''];
    }),
  );
  const names = payloads.map((payload) => mapped.get(payload) ?? staticCodecs.get(payload));
  return new Set(names.flatMap((name) => (name === undefined || companions.has(name) ? [] : name)));
}
