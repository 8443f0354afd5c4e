import type { AudioCodec, RoomId, RoomInfo, VideoCodec } from '#schemas';

/** What one room is told when it is made. */
export interface RoomConfig {
  readonly id: RoomId;
  /** The media server that carries it, by its name. */
  readonly backend: string;
  readonly audioCodec: AudioCodec;
  readonly videoCodec: VideoCodec;
  /** Limit for each publisher; 0 is none. */
  readonly bitsPerSecond: number;
  /** How long the room lives without a publisher. */
  readonly timeoutMs: number;
  /** Made for a publish: it ends with it if nobody got into the room. */
  readonly isProvisional: boolean;
  /** As the client gave it. */
  readonly meta?: RoomInfo['room_meta'];
}
