import { byId } from '../dom.ts';
import { chosenSource, openSource, type Source } from './source.ts';

/** What the page sends, and shows in `#local`; at most one source is open at a time. */
export class LocalPicture {
  readonly #video = byId('local', HTMLVideoElement);
  readonly #notice = byId('notice', HTMLElement);
  #source: Source | undefined;

  /** Opens what is chosen, or the test picture with a notice of why. */
  async open(): Promise<MediaStream> {
    const source = await openSource(chosenSource());
    this.#source?.stop();
    this.#source = source;
    this.#video.srcObject = source.stream;
    this.#notice.textContent =
      source.excuse === undefined ? '' : `${source.excuse} Sending the test picture.`;
    return source.stream;
  }

  /** Camera and microphone go off. */
  close(): void {
    this.#source?.stop();
    this.#source = undefined;
    this.#video.srcObject = null;
    this.#notice.textContent = '';
  }
}

/** Makes `#sound` silence `video` in this page. */
export function speakerButton(video: HTMLVideoElement): void {
  const button = byId('sound', HTMLButtonElement);
  button.addEventListener('click', () => {
    video.muted = !video.muted;
    button.ariaPressed = String(video.muted);
  });
}
