/** What `update_media` and `create` take, as on the wire. `bitrate` in bits per second, 0 for no cap. */
export interface MediaUpdate {
  readonly mute_audio?: boolean;
  readonly mute_video?: boolean;
  readonly mute_data?: boolean;
  readonly bitrate?: number;
}
