import { allCodecs } from '../../shared/mirror-streams.ts';
import { refusal } from '../refusals.ts';

/** Names that Janus takes. Those that we cannot negotiate may stand in a list, and are never chosen. */
const known = {
  audio: {
    names: ['opus', 'isac32', 'isac16', 'pcmu', 'pcma', 'g722'],
    text: 'audiocodec can only be or contain opus, isac32, isac16, pcmu, pcma or g722',
    usual: 'opus',
  },
  video: {
    names: ['vp8', 'vp9', 'h264', 'av1', 'h265'],
    text: 'videocodec can only be or contain vp8, vp9, av1, h264 or h265',
    usual: 'vp8',
  },
} as const;

/** As many as Janus keeps of a list. */
const mostCodecs = 5;

/** A list of codecs as clients write it: names with commas, in order of preference. Throws PluginError 430. */
export function readCodecs(kind: 'audio' | 'video', list: string | undefined): readonly string[] {
  const { names, text, usual } = known[kind];
  const wanted = (list ?? usual).split(',').slice(0, mostCodecs);
  for (const name of wanted)
    if (!names.some((one) => one === name)) throw refusal('invalidElement', `Invalid element (${text})`);
  return wanted;
}

/** The names of `list` as `a=rtpmap` spells them, without those that we cannot negotiate. */
export function encodingNames(kind: 'audio' | 'video', list: readonly string[]): readonly string[] {
  return list.flatMap((name) => allCodecs[kind].filter((known) => known.toLowerCase() === name));
}

/** The list of a room with one codec alone, if the client wants one. Throws PluginError 430 if the room has it not. */
export function wantedCodecs(
  kind: 'audio' | 'video',
  list: readonly string[],
  wanted: string | undefined,
): readonly string[] {
  if (wanted === undefined) return list;
  const title = kind === 'audio' ? 'Audio' : 'Video';
  if (!list.includes(wanted)) throw refusal('invalidElement', `${title} codec unavailable in this room`);
  return [wanted];
}
