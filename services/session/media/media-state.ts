import type { Events, SessionInfo } from '#schemas';
import type { MediaUpdate } from '../ports.ts';

/** The body of a `status` event: by class, and the same as flat keys. */
export type StatusBody = Events['session.status'];

type MediaWords = Pick<SessionInfo, 'mute_audio' | 'mute_video' | 'mute_data' | 'bitrate'>;

/** What flows in a session, and what its status events said last. */
export class MediaState {
  #media: Required<MediaUpdate>;
  /** What the leg was opened with. */
  #handed: Required<MediaUpdate>;
  readonly #status = new Map<string, unknown>();

  constructor(media: Required<MediaUpdate>) {
    this.#media = media;
    this.#handed = media;
  }

  /** What the leg was opened with; differs from what flows where changes were kept for later. */
  get handed(): Required<MediaUpdate> {
    return this.#handed;
  }

  /** Hands over what flows to the leg that is being opened. */
  hand(): Required<MediaUpdate> {
    this.#handed = this.#media;
    return this.#media;
  }

  /** What was changed since the leg was opened, and kept. */
  get unhanded(): MediaUpdate {
    const [now, before] = [this.#media, this.#handed];
    return {
      ...(now.muteAudio !== before.muteAudio && { muteAudio: now.muteAudio }),
      ...(now.muteVideo !== before.muteVideo && { muteVideo: now.muteVideo }),
      ...(now.muteData !== before.muteData && { muteData: now.muteData }),
      ...(now.bitsPerSecond !== before.bitsPerSecond && { bitsPerSecond: now.bitsPerSecond }),
    };
  }

  /** What flows, in the words of the wire. */
  get words(): MediaWords {
    const { muteAudio, muteVideo, muteData, bitsPerSecond } = this.#media;
    return { mute_audio: muteAudio, mute_video: muteVideo, mute_data: muteData, bitrate: bitsPerSecond };
  }

  /** The last word of each class, and every flat key. */
  get status(): Record<string, unknown> {
    return Object.fromEntries(this.#status);
  }

  /** Keeps a change; returns the status event that tells it, or undefined if it changed nothing. */
  update(change: MediaUpdate): StatusBody | undefined {
    const before = this.words;
    this.#media = { ...this.#media, ...change };
    const now = this.words;
    const body: StatusBody = {
      class: 'update',
      ...(now.mute_audio !== before.mute_audio && { mute_audio: now.mute_audio }),
      ...(now.mute_video !== before.mute_video && { mute_video: now.mute_video }),
      ...(now.mute_data !== before.mute_data && { mute_data: now.mute_data }),
      ...(now.bitrate !== before.bitrate && { bitrate: now.bitrate }),
    };
    if (Object.keys(body).length === 1) return undefined;
    this.note(body);
    return body;
  }

  /** Keeps what a status event says. */
  note(body: StatusBody): void {
    const { class: area, media, status, uplink, nacks, ...flat } = body;
    for (const [key, value] of Object.entries(flat)) this.#status.set(key, value);
    if (area === 'update') return;
    const words = Object.entries({ media, status, uplink, nacks }).filter(([, value]) => value !== undefined);
    this.#status.set(area, Object.fromEntries(words));
  }
}
