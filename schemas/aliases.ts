import type { Commands } from './generated.ts';

/** What another spelling of a field stands for. */
export interface FieldAlias {
  readonly field: string;
  /** The other spelling says the opposite: `use_audio` is not `mute_audio`. */
  readonly isOpposite?: true;
}

const media: readonly (readonly [string, FieldAlias])[] = [
  ['use_audio', { field: 'mute_audio', isOpposite: true }],
  ['use_video', { field: 'mute_video', isOpposite: true }],
];

/**
 * Other spellings of fields that clients of old use, per command. The schema's own name wins if both are given.
 * @see reference/nkmedia-api.md section 10
 */
export const fieldAliases: ReadonlyMap<keyof Commands, ReadonlyMap<string, FieldAlias>> = new Map([
  [
    'session.create',
    new Map<string, FieldAlias>([
      ['event_body', { field: 'events_body' }],
      ['publisher', { field: 'publisher_id' }],
      ['room', { field: 'room_id' }],
      ['room_audiocodec', { field: 'room_audio_codec' }],
      ['room_videocodec', { field: 'room_video_codec' }],
      ...media,
    ]),
  ],
  [
    'session.set_type',
    new Map<string, FieldAlias>([
      ['publisher', { field: 'publisher_id' }],
      ['room', { field: 'room_id' }],
    ]),
  ],
  ['session.update_media', new Map(media)],
  [
    'room.create',
    new Map<string, FieldAlias>([
      ['audiocodec', { field: 'audio_codec' }],
      ['videocodec', { field: 'video_codec' }],
    ]),
  ],
  ['core.user.login', new Map<string, FieldAlias>([['pass', { field: 'password' }]])],
]);

const oldWords: ReadonlyMap<string, string> = new Map([
  ['start', 'create'],
  ['stop', 'destroy'],
  ['info', 'get_info'],
  ['list', 'get_list'],
]);

/** Other words for commands, per subclass. */
export const commandAliases: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['session', oldWords],
  ['room', oldWords],
]);

/** Subclasses of `media` that old samples write as the class, without a subclass. */
export const classAliases: ReadonlySet<string> = new Set(['session', 'room', 'call']);
