import { byId } from '../dom.ts';
import type { MediaUpdate } from './update.ts';

/** What can be muted; the button of each is called `mute-<kind>`. */
export type Muted = 'audio' | 'video' | 'data';

/** Mute buttons and bitrate choice. They keep what was chosen also between sessions. */
export class MediaControls {
  readonly #apply: (update: MediaUpdate) => Promise<void>;
  readonly #buttons: readonly { readonly field: `mute_${Muted}`; readonly button: HTMLButtonElement }[];
  readonly #bitrate = byId('bitrate', HTMLSelectElement);
  #bitrateInForce = this.#bitrate.value;

  /** `apply` rejects when the broker refuses; the control then goes back to what is in force. */
  constructor(kinds: readonly Muted[], apply: (update: MediaUpdate) => Promise<void>) {
    this.#apply = apply;
    this.#buttons = kinds.map((kind) => ({
      field: `mute_${kind}`,
      button: byId(`mute-${kind}`, HTMLButtonElement),
    }));
    for (const { field, button } of this.#buttons)
      button.addEventListener('click', () => void this.#toggle(button, field));
    this.#bitrate.addEventListener('change', () => void this.#chooseBitrate());
  }

  /** Everything as chosen, for a new session. */
  get settings(): MediaUpdate {
    const chosen = this.#buttons.map(({ field, button }) => [field, isPressed(button)] as const);
    return { ...Object.fromEntries<boolean>(chosen), bitrate: Number(this.#bitrate.value) };
  }

  async #toggle(button: HTMLButtonElement, field: `mute_${Muted}`): Promise<void> {
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
