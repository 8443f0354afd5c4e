import { faultFrom } from '../commands.ts';
import { byId, commandUrl, copies } from '../dom.ts';
import { showFault } from '../fault-box.ts';
import { MediaControls } from '../media/controls.ts';
import { countersOf } from '../media/counters.ts';
import { EventLog } from '../media/event-log.ts';
import { expose } from '../media/hook.ts';
import { mediaSentence } from '../media/sentences.ts';
import { LocalPicture, speakerButton } from '../media/pictures.ts';
import { Statistics } from '../media/statistics.ts';
import type { MediaUpdate } from '../media/update.ts';
import { unreachable } from '../unreachable.ts';
import type { CallHook, CallState } from './hook.ts';
import { Line, type LineNews } from './line.ts';

/** States in which a call is there to be hung up. */
const inCall = new Set<CallState['name']>(['connecting', 'calling', 'answering', 'talking']);

/** The page `/demo/call`: waits under a name, calls another, talks. */
class CallPage {
  readonly #name = byId('name', HTMLInputElement);
  readonly #callee = byId('callee', HTMLInputElement);
  readonly #wait = byId('wait', HTMLButtonElement);
  readonly #call = byId('call', HTMLButtonElement);
  readonly #hangUp = byId('hang-up', HTMLButtonElement);
  readonly #ring = byId('ring', HTMLElement);
  readonly #accept = byId('accept', HTMLButtonElement);
  readonly #status = byId('status', HTMLElement);
  readonly #sessionId = byId('session-id', HTMLElement);
  readonly #fault = byId('fault', HTMLElement);
  readonly #remote = byId('remote', HTMLVideoElement);
  readonly #picture = new LocalPicture();
  readonly #log = new EventLog('some');
  readonly #statistics = new Statistics(false);
  readonly #controls = new MediaControls(['audio', 'video'], (update) => this.#update(update));
  readonly #line: Line;
  #state: CallState = { name: 'idle' };
  /** How the last call ended; on show until the next begins. */
  #outcome: string | undefined;

  constructor() {
    const sent = { open: () => this.#picture.open(), settings: () => this.#controls.settings };
    this.#line = new Line(commandUrl(), sent, (news) => this.#hear(news));
    this.#listen();
    speakerButton(this.#remote);
    expose<CallHook>({
      state: () => this.#state,
      counters: () => this.#statistics.counters,
      rates: () => this.#statistics.rates,
      events: () => this.#log.events,
    });
    this.#callee.value = new URLSearchParams(location.search).get('to') ?? '';
    this.#enter({ name: 'idle' });
  }

  #listen(): void {
    onSubmit('wait-form', () => this.#toggleWaiting());
    onSubmit('call-form', () => {
      this.#clear();
      void this.#line.call(this.#callee.value.trim(), this.#name.value.trim() || 'Somebody');
    });
    this.#hangUp.addEventListener('click', () => this.#line.hangUp());
    this.#accept.addEventListener('click', () => {
      this.#clear();
      void this.#line.accept();
    });
    byId('decline', HTMLButtonElement).addEventListener('click', () => this.#line.decline());
    copies(byId('link-copy', HTMLButtonElement), byId('link', HTMLElement), byId('link-copied', HTMLElement));
    addEventListener('pagehide', () => this.#line.leave());
  }

  #toggleWaiting(): void {
    if (this.#wait.ariaPressed === 'true') return this.#line.stopWaiting();
    this.#clear();
    void this.#line.wait(this.#name.value.trim());
  }

  #hear(news: LineNews): void {
    switch (news.type) {
      case 'state':
        return this.#enter(news.state);
      case 'event':
        return this.#log.add(news.event);
      case 'remote':
        this.#remote.srcObject = news.stream;
        return;
      case 'over':
        return this.#tidy(news.outcome, news.fault);
      case 'warning':
        return showFault(this.#fault, news.fault);
      default:
        return unreachable(news);
    }
  }

  #enter(state: CallState): void {
    const before = this.#state;
    this.#state = state;
    document.body.dataset['state'] = state.name;
    this.#status.textContent = this.#sentence(state);
    this.#sessionId.textContent = 'sessionId' in state && state.name !== 'ringing' ? state.sessionId : '';
    this.#enableControls(state);
    this.#showRing(state);
    this.#showInvitation(state);
    if (state.name === 'talking') {
      byId('partner', HTMLElement).textContent = state.partner;
      if (before.name !== 'talking')
        this.#statistics.follow(async (atMs) => countersOf(await this.#line.stats(), atMs));
    }
  }

  /** Keeps the focus on a button that can be pressed. */
  #enableControls({ name }: CallState): void {
    const isFree = name === 'idle' || name === 'available';
    const isWaiting = name === 'available' || name === 'ringing';
    const focused = document.activeElement;
    this.#call.disabled = !isFree;
    this.#hangUp.disabled = !inCall.has(name);
    this.#name.disabled = name !== 'idle';
    this.#wait.disabled = !isFree && !isWaiting;
    if (name === 'idle' || isWaiting) this.#wait.ariaPressed = String(isWaiting);
    if (focused === this.#call && !this.#hangUp.disabled) this.#hangUp.focus();
    if (focused === this.#hangUp && isFree) this.#call.focus();
  }

  #showRing(state: CallState): void {
    const hadFocus = this.#ring.contains(document.activeElement);
    this.#ring.hidden = state.name !== 'ringing';
    byId('ring-title', HTMLElement).textContent = state.name === 'ringing' ? `${state.from} is calling` : '';
    document.title = state.name === 'ringing' ? `☎ ${state.from} · Bifrons` : 'Call · Bifrons';
    if (hadFocus && this.#ring.hidden) (this.#hangUp.disabled ? this.#wait : this.#hangUp).focus();
  }

  #showInvitation(state: CallState): void {
    byId('invitation', HTMLElement).hidden = state.name !== 'available';
    if (state.name !== 'available') return;
    const link = new URL(location.pathname, location.href);
    link.searchParams.set('to', state.as);
    byId('link', HTMLElement).textContent = link.href;
    byId('link-copied', HTMLElement).textContent = '';
  }

  #tidy(outcome: string | undefined, fault: CallFault): void {
    this.#outcome = outcome;
    this.#status.textContent = this.#sentence(this.#state);
    if (fault !== undefined) showFault(this.#fault, fault);
    this.#statistics.stop();
    this.#picture.close();
    this.#remote.srcObject = null;
    byId('partner', HTMLElement).textContent = 'The other side';
  }

  #clear(): void {
    this.#outcome = undefined;
    showFault(this.#fault, undefined);
    if (this.#state.name === 'idle') this.#log.clear();
  }

  /** Between calls there is nobody to tell: the next call takes what is chosen. */
  async #update(update: MediaUpdate): Promise<void> {
    if (this.#state.name !== 'talking') return;
    try {
      await this.#line.update(update);
      showFault(this.#fault, undefined);
    } catch (cause) {
      showFault(this.#fault, faultFrom(cause));
      throw cause;
    }
  }

  #sentence(state: CallState): string {
    const before = this.#outcome === undefined ? '' : `${this.#outcome}. `;
    return before + sentenceOf(state);
  }
}

type CallFault = Extract<LineNews, { readonly type: 'over' }>['fault'];

function onSubmit(id: string, act: () => void): void {
  byId(id, HTMLFormElement).addEventListener('submit', (submit) => {
    submit.preventDefault();
    act();
  });
}

function sentenceOf(state: CallState): string {
  switch (state.name) {
    case 'idle':
      return 'Nobody can call you yet';
    case 'connecting':
      return 'Connecting to the broker…';
    case 'available':
      return `Waiting for calls to “${state.as}”`;
    case 'ringing':
      return `${state.from} is calling…`;
    case 'calling':
      return `Calling ${state.to}: rings wherever somebody waits under that name…`;
    case 'answering':
      return `Answering ${state.from}…`;
    case 'talking':
      return mediaSentence(state.media, `Talking with ${state.partner}`);
    case 'hanging_up':
      return 'Hanging up…';
    default:
      return unreachable(state);
  }
}

new CallPage();
