import type { VideocallRequest } from './videocall-request.ts';

/** What a client set; as Janus has it before anything was set, and again after a hang-up. */
export interface CallSettings {
  /** Which of its media reach the other side. */
  readonly audio: boolean;
  readonly video: boolean;
  readonly data: boolean;
  /** Limit for what it sends, in bit/s; 0 for none, undefined until one is asked for. */
  readonly bitrate: number | undefined;
  /** The highest simulcast and temporal layers it wants to receive. */
  readonly substream: number;
  readonly temporal: number;
  /** Without media of a layer for so long it gets a lower one, in microseconds. */
  readonly fallback: number;
}

/** Before anything was set. */
export const initialSettings: CallSettings = {
  audio: true,
  video: true,
  data: true,
  bitrate: undefined,
  substream: 2,
  temporal: 2,
  fallback: 250_000,
};

/** What is set once a request is followed. */
export function changedSettings(before: CallSettings, request: VideocallRequest): CallSettings {
  const { audio, video, bitrate, substream, temporal, fallback, bifrons } = request;
  return {
    audio: audio ?? before.audio,
    video: video ?? before.video,
    data: bifrons?.data ?? before.data,
    bitrate: bitrate ?? before.bitrate,
    substream: substream ?? before.substream,
    temporal: temporal ?? before.temporal,
    fallback: fallback ?? before.fallback,
  };
}
