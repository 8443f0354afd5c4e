import { byId } from '../dom.ts';
import type { MediaUpdate } from './hook.ts';

const mutes = [
  { id: 'mute-audio', field: 'mute_audio' },
  { id: 'mute-video', field: 'mute_video' },
  { id: 'mute-data', field: 'mute_data' },
] as const;

/** Mute buttons and bitrate choice. They keep what was chosen also between sessions. */
export class MediaControls {
  readonly #apply: (update: MediaUpdate) => Promise<void>;
  readonly #buttons = mutes.map(({ id, field }) => ({ field, button: byId(id, HTMLButtonElement) }));
  readonly #bitrate = byId('bitrate', HTMLSelectElement);
  #bitrateInForce = this.#bitrate.value;

  /** `apply` rejects when the broker refuses; the control then goes back to what is in force. */
  constructor(apply: (update: MediaUpdate) => Promise<void>) {
    this.#apply = apply;
    for (const { field, button } of this.#buttons)
      button.addEventListener('click', () => void this.#toggle(button, field));
    this.#bitrate.addEventListener('change', () => void this.#chooseBitrate());
  }

  /** Everything as chosen, for a new session. */
  get settings(): MediaUpdate {
    const chosen = this.#buttons.map(({ field, button }) => [field, isPressed(button)] as const);
    return { ...Object.fromEntries<boolean>(chosen), bitrate: Number(this.#bitrate.value) };
  }

  async #toggle(button: HTMLButtonElement, field: (typeof mutes)[number]['field']): Promise<void> {
    if (button.ariaBusy === 'true') return;
    const wanted = !isPressed(button);
    button.ariaBusy = 'true';
    if (await this.#isApplied({ [field]: wanted })) button.ariaPressed = String(wanted);
    button.ariaBusy = 'false';
  }

  async #chooseBitrate(): Promise<void> {
    const wanted = this.#bitrate.value;
    if (await this.#isApplied({ bitrate: Number(wanted) })) this.#bitrateInForce = wanted;
    else this.#bitrate.value = this.#bitrateInForce;
  }

  async #isApplied(update: MediaUpdate): Promise<boolean> {
    try {
      await this.#apply(update);
      return true;
    } catch {
      // Shown by who applies it.
      return false;
    }
  }
}

function isPressed(button: HTMLButtonElement): boolean {
  return button.ariaPressed === 'true';
}
