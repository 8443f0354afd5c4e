import type { PeerConnectionEvent } from '#janus/media';
import type { MediaSection } from '../media-section.ts';
import { lostPackets } from './stream-stats.ts';

/** Losses of one m-line at the last look. */
interface Losses {
  readonly received: number;
  readonly sent: number;
}

const none: Losses = { received: 0, sent: 0 };

/** Tells where packets were lost, and not repaired, since the look before: by our count, and by the peer's reports. */
export class SlowLinks {
  readonly #threshold: number;
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #before = new WeakMap<MediaSection, Losses>();

  /** `threshold` losses between two looks are told; 0 tells none. */
  constructor(threshold: number, onEvent: (event: PeerConnectionEvent) => void) {
    this.#threshold = threshold;
    this.#onEvent = onEvent;
  }

  look(section: MediaSection): void {
    if (this.#threshold <= 0) return;
    const before = this.#before.get(section) ?? none;
    const losses = { received: lostPackets([section]), sent: section.send?.lost ?? before.sent };
    this.#before.set(section, losses);
    this.#tell(section.mid, true, losses.received - before.received);
    this.#tell(section.mid, false, losses.sent - before.sent);
  }

  #tell(mid: string, isUplink: boolean, lostPackets: number): void {
    if (lostPackets >= this.#threshold) this.#onEvent({ type: 'slow_link', mid, isUplink, lostPackets });
  }
}
