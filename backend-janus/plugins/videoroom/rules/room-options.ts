import type { JanusMessages } from '#schemas';
import { refusal } from '../refusals.ts';
import { readCodecs } from './codecs.ts';

/** Janus limits nobody to less, in bit/s. */
const leastBitrate = 64_000;

/** What a room is made with; names and units are those of the wire. */
export interface RoomOptions {
  readonly description: string;
  readonly is_private: boolean;
  readonly secret?: string;
  readonly pin?: string;
  readonly require_pvtid: boolean;
  /** What a publisher is limited to unless it sets another, in bit/s; 0 is no limit. */
  readonly bitrate: number;
  readonly bitrate_cap: boolean;
  /** Seconds between two keyframe requests to each publisher; 0 for none. */
  readonly fir_freq: number;
  readonly publishers: number;
  readonly audiocodecs: readonly string[];
  readonly videocodecs: readonly string[];
  readonly vp9_profile?: string;
  readonly h264_profile?: string;
  readonly opus_fec: boolean;
  readonly opus_dtx: boolean;
  readonly notify_joining: boolean;
  readonly lock_record: boolean;
  readonly rec_dir?: string;
  /** What has no effect here, and is shown again. */
  readonly shown: Shown;
}

interface Shown {
  readonly require_e2ee: boolean;
  readonly dummy_publisher: boolean;
  readonly record: boolean;
  readonly audiolevel_ext: boolean;
  readonly audiolevel_event: boolean;
  readonly audio_active_packets: number;
  readonly audio_level_average: number;
  readonly videoorient_ext: boolean;
  readonly playoutdelay_ext: boolean;
  readonly transport_wide_cc_ext: boolean;
}

type Wish = JanusMessages['videoroom.create'];

/** Completes what a client asks of a new room. Throws PluginError 430. */
export function roomOptions(id: number, wish: Wish): RoomOptions {
  return {
    description: textOf(wish.description) ?? `Room ${id}`,
    is_private: wish.is_private ?? false,
    ...definedText('secret', wish.secret),
    ...definedText('pin', wish.pin),
    require_pvtid: wish.require_pvtid ?? false,
    bitrate: atLeast(wish.bitrate ?? 0),
    bitrate_cap: wish.bitrate_cap ?? false,
    fir_freq: wish.fir_freq ?? 0,
    publishers: wish.publishers ?? 3,
    audiocodecs: readCodecs('audio', wish.audiocodec),
    videocodecs: readCodecs('video', wish.videocodec),
    ...definedText('vp9_profile', wish.vp9_profile),
    ...definedText('h264_profile', wish.h264_profile),
    opus_fec: wish.opus_fec ?? true,
    opus_dtx: wish.opus_dtx ?? false,
    notify_joining: wish.notify_joining ?? false,
    lock_record: wish.lock_record ?? false,
    ...definedText('rec_dir', wish.rec_dir),
    shown: shown(wish),
  };
}

/** What an edit makes of the options of a room. */
export function editedOptions(before: RoomOptions, wish: JanusMessages['videoroom.edit']): RoomOptions {
  return {
    ...before,
    description: textOf(wish.new_description) ?? before.description,
    is_private: wish.new_is_private ?? before.is_private,
    ...definedText('secret', wish.new_secret),
    ...definedText('pin', wish.new_pin),
    require_pvtid: wish.new_require_pvtid ?? before.require_pvtid,
    bitrate: wish.new_bitrate === undefined ? before.bitrate : atLeast(wish.new_bitrate),
    fir_freq: wish.new_fir_freq ?? before.fir_freq,
    publishers: wish.new_publishers ?? before.publishers,
    lock_record: wish.new_lock_record ?? before.lock_record,
    ...definedText('rec_dir', wish.new_rec_dir),
  };
}

/** The room as `list` shows it, with its members in the order of Janus. */
export function roomEntry(room: number, options: RoomOptions, participants: number): object {
  const { shown: rest } = options;
  return {
    room,
    description: options.description,
    pin_required: options.pin !== undefined,
    is_private: options.is_private,
    max_publishers: options.publishers,
    bitrate: options.bitrate,
    ...(options.bitrate_cap && { bitrate_cap: true }),
    fir_freq: options.fir_freq,
    require_pvtid: options.require_pvtid,
    require_e2ee: rest.require_e2ee,
    dummy_publisher: rest.dummy_publisher,
    notify_joining: options.notify_joining,
    audiocodec: options.audiocodecs.join(','),
    videocodec: options.videocodecs.join(','),
    ...(options.opus_fec && { opus_fec: true }),
    ...(options.opus_dtx && { opus_dtx: true }),
    record: rest.record,
    ...(options.rec_dir !== undefined && { rec_dir: options.rec_dir }),
    lock_record: options.lock_record,
    num_participants: participants,
    audiolevel_ext: rest.audiolevel_ext,
    audiolevel_event: rest.audiolevel_event,
    ...(rest.audiolevel_event && {
      audio_active_packets: rest.audio_active_packets,
      audio_level_average: rest.audio_level_average,
    }),
    videoorient_ext: rest.videoorient_ext,
    playoutdelay_ext: rest.playoutdelay_ext,
    transport_wide_cc_ext: rest.transport_wide_cc_ext,
  };
}

/** Tokens of an `allowed` list. Throws PluginError 430 if one of them is no string. */
export function readTokens(tokens: readonly unknown[]): readonly string[] {
  return tokens.map((token) => {
    if (typeof token === 'string') return token;
    throw refusal('invalidElement', 'Invalid element in the allowed array (not a string)');
  });
}

function shown(wish: Wish): Shown {
  return {
    require_e2ee: wish.require_e2ee ?? false,
    dummy_publisher: wish.dummy_publisher ?? false,
    record: wish.record ?? false,
    audiolevel_ext: wish.audiolevel_ext ?? true,
    audiolevel_event: wish.audiolevel_event ?? false,
    // Janus takes its own where a client says 0.
    audio_active_packets: orDefault(wish.audio_active_packets, 100),
    audio_level_average: orDefault(wish.audio_level_average, 25),
    videoorient_ext: wish.videoorient_ext ?? true,
    playoutdelay_ext: wish.playoutdelay_ext ?? true,
    transport_wide_cc_ext: wish.transport_wide_cc_ext ?? true,
  };
}

function orDefault(value: number | undefined, usual: number): number {
  return value === undefined || value === 0 ? usual : value;
}

function atLeast(bitrate: number): number {
  return bitrate === 0 ? 0 : Math.max(bitrate, leastBitrate);
}

/** Janus takes an empty text for none where a name is shown. */
function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function definedText<Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [Key in Name]?: string } {
  const found: { [Key in Name]?: string } = {};
  if (text !== undefined) found[name] = text;
  return found;
}
