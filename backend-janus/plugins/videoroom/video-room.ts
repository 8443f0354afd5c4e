import type { HandlePort, Plugin, PluginSession } from '#janus/gateway';
import type { MediaRouter } from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import { Rooms } from './rules/rooms.ts';
import { VideoRoomSession } from './video-room-session.ts';

/** What the video room works with. */
export interface VideoRoomSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly router: MediaRouter;
}

/**
 * Rooms in which participants publish and others subscribe: the counterpart of `janus.plugin.videoroom`.
 *
 * Known limits: nothing is recorded or forwarded as plain RTP; there are no publishers of other servers, no signed tokens,
 * no admin key, and nobody is told who talks.
 */
export class VideoRoom implements Plugin {
  readonly package = 'janus.plugin.videoroom';
  readonly name = 'Bifrons VideoRoom plugin';
  readonly version = 9;
  readonly description = 'Forwards what participants of a room publish to those who subscribe.';
  readonly #clock: Clock;
  readonly #router: MediaRouter;
  readonly #rooms: Rooms;
  #publications = 0;

  constructor({ clock, random, router }: VideoRoomSurroundings) {
    this.#clock = clock;
    this.#router = router;
    this.#rooms = new Rooms(random);
  }

  createSession(handle: HandlePort): PluginSession {
    return new VideoRoomSession(handle, {
      clock: this.#clock,
      router: this.#router,
      rooms: this.#rooms,
      nextPublication: () => (this.#publications += 1),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const room of [...this.#rooms]) this.#rooms.end(room);
    return Promise.resolve();
  }
}
