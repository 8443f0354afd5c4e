import { now } from '../clock.ts';
import { append, byId, make } from '../dom.ts';
import { millisecondsText } from '../format.ts';

const mostEntries = 50;

/** Messages sent whose echo may still come; more are sent, but not timed. */
const mostTimed = 100;

/** Sends texts on the data channel and shows what comes back, and after how long. */
export class ChannelBox {
  readonly #form = byId('channel', HTMLFormElement);
  readonly #input = byId('message', HTMLInputElement);
  readonly #button = byId('send', HTMLButtonElement);
  readonly #list = byId('messages', HTMLUListElement);
  readonly #received: string[] = [];
  #sent: { readonly text: string; readonly atMs: number }[] = [];

  /** `send` answers false while there is no open channel. */
  constructor(send: (text: string) => boolean) {
    this.#form.addEventListener('submit', (submit) => {
      submit.preventDefault();
      this.#send(send);
    });
  }

  /** Texts that came back, the newest, oldest first. */
  get received(): readonly string[] {
    return this.#received;
  }

  set isOpen(isOpen: boolean) {
    this.#button.disabled = !isOpen;
  }

  receive(text: string): void {
    this.#received.push(text);
    if (this.#received.length > mostEntries) this.#received.shift();
    const sent = this.#sent.find((message) => text.includes(message.text));
    this.#sent = this.#sent.filter((message) => message !== sent);
    this.#show('Back', text, sent && millisecondsText(now() - sent.atMs));
  }

  /** For a new session. */
  clear(): void {
    this.#received.length = 0;
    this.#sent = [];
    this.#list.replaceChildren();
  }

  #send(send: (text: string) => boolean): void {
    const text = this.#input.value;
    if (text === '' || !send(text)) return;
    if (this.#sent.length < mostTimed) this.#sent.push({ text, atMs: now() });
    this.#show('Sent', text);
    this.#input.value = '';
  }

  #show(who: string, text: string, delay = ''): void {
    const entry = make('li', '', who === 'Sent' ? 'sent' : 'received');
    entry.append(make('b', who), ' ', make('span', text), ' ', make('small', delay));
    append(this.#list, entry, mostEntries);
  }
}
