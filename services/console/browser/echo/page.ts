import { faultFrom } from '../commands.ts';
import { byId, commandUrl } from '../dom.ts';
import { showFault } from '../fault-box.ts';
import { MediaControls } from '../media/controls.ts';
import { countersOf } from '../media/counters.ts';
import { EventLog } from '../media/event-log.ts';
import { expose } from '../media/hook.ts';
import { LocalPicture, speakerButton } from '../media/pictures.ts';
import { mediaSentence } from '../media/sentences.ts';
import { Statistics } from '../media/statistics.ts';
import type { MediaUpdate } from '../media/update.ts';
import { unreachable } from '../unreachable.ts';
import type { Fault } from '../wire.ts';
import { ChannelBox } from './channel-box.ts';
import type { EchoHook, PageState } from './hook.ts';
import { EchoSession, type EchoNews } from './session.ts';

/** The page `/demo/echo`: one session at a time, started and stopped by hand. */
class EchoPage {
  readonly #start = byId('start', HTMLButtonElement);
  readonly #stop = byId('stop', HTMLButtonElement);
  readonly #status = byId('status', HTMLElement);
  readonly #sessionId = byId('session-id', HTMLElement);
  readonly #fault = byId('fault', HTMLElement);
  readonly #remote = byId('remote', HTMLVideoElement);
  readonly #picture = new LocalPicture();
  readonly #log = new EventLog('all');
  readonly #statistics = new Statistics(true);
  readonly #channel = new ChannelBox((text) => this.#session?.send(text) ?? false);
  readonly #controls = new MediaControls(['audio', 'video', 'data'], (update) => this.#update(update));
  #state: PageState = { name: 'idle' };
  #session: EchoSession | undefined;

  constructor() {
    this.#start.addEventListener('click', () => void this.#begin());
    this.#stop.addEventListener('click', () => this.#finish());
    speakerButton(this.#remote);
    addEventListener('pagehide', () => this.#session?.leave());
    this.#expose();
    this.#enter({ name: 'idle' });
  }

  async #begin(): Promise<void> {
    this.#clear();
    const opening: PageState = { name: 'opening' };
    this.#enter(opening);
    try {
      const stream = await this.#picture.open();
      if (this.#state === opening) this.#send(stream);
      else this.#picture.close();
    } catch (cause) {
      this.#enter({ name: 'ended', fault: faultFrom(cause) });
    }
  }

  #send(stream: MediaStream): void {
    const session = new EchoSession(stream, (news) => {
      if (session === this.#session) this.#hear(news);
    });
    this.#session = session;
    this.#statistics.follow(async (atMs) => countersOf(await session.stats(), atMs));
    void session.start(commandUrl(), this.#controls.settings);
  }

  #finish(): void {
    if (this.#session === undefined) this.#enter({ name: 'ended' });
    else this.#session.stop();
  }

  #hear(news: EchoNews): void {
    switch (news.type) {
      case 'state':
        return this.#enter(news.state);
      case 'event':
        return this.#log.add(news.event);
      case 'remote':
        this.#remote.srcObject = news.stream;
        return;
      case 'channel':
        this.#channel.isOpen = news.isOpen;
        return;
      case 'message':
        return this.#channel.receive(news.text);
      case 'warning':
        return showFault(this.#fault, news.fault);
      default:
        return unreachable(news);
    }
  }

  #enter(state: PageState): void {
    this.#state = state;
    document.body.dataset['state'] = state.name;
    this.#status.textContent = sentenceOf(state);
    if ('sessionId' in state) this.#sessionId.textContent = state.sessionId;
    this.#enableButtons(state.name === 'idle' || state.name === 'ended');
    if (state.name === 'ended') this.#tidy(state.fault);
  }

  /** Keeps the focus on the button that can be pressed. */
  #enableButtons(canStart: boolean): void {
    const [on, off] = canStart ? [this.#start, this.#stop] : [this.#stop, this.#start];
    const hadFocus = document.activeElement === off;
    on.disabled = false;
    off.disabled = true;
    if (hadFocus) on.focus();
  }

  #tidy(fault: Fault | undefined): void {
    if (fault !== undefined) showFault(this.#fault, fault);
    this.#channel.isOpen = false;
    this.#statistics.stop();
    this.#picture.close();
    this.#session = undefined;
    this.#remote.srcObject = null;
  }

  #clear(): void {
    showFault(this.#fault, undefined);
    this.#sessionId.textContent = '';
    this.#log.clear();
    this.#channel.clear();
  }

  /** Between sessions there is nobody to tell: `create` takes what is chosen. */
  async #update(update: MediaUpdate): Promise<void> {
    if (this.#state.name !== 'running') return;
    try {
      await this.#session?.update(update);
      showFault(this.#fault, undefined);
    } catch (cause) {
      if (this.#session !== undefined) showFault(this.#fault, faultFrom(cause));
      throw cause;
    }
  }

  #expose(): void {
    expose<EchoHook>({
      state: () => this.#state,
      counters: () => this.#statistics.counters,
      rates: () => this.#statistics.rates,
      events: () => this.#log.events,
      messages: () => this.#channel.received,
    });
  }
}

function sentenceOf(state: PageState): string {
  switch (state.name) {
    case 'idle':
      return 'Not started';
    case 'opening':
      return 'Opening the source…';
    case 'connecting':
      return 'Connecting to the broker…';
    case 'negotiating':
      return 'Exchanging offer and answer…';
    case 'waiting':
      return 'Waiting for the answer…';
    case 'running':
      return mediaSentence(state.media);
    case 'stopping':
      return 'Stopping…';
    case 'ended':
      return state.fault === undefined ? 'Stopped' : 'Ended';
    default:
      return unreachable(state);
  }
}

new EchoPage();
