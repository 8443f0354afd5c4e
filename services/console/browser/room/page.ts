import { faultFrom } from '../commands.ts';
import { append, byId, commandUrl, make } from '../dom.ts';
import { showFault } from '../fault-box.ts';
import { MediaControls } from '../media/controls.ts';
import { EventLog } from '../media/event-log.ts';
import { expose } from '../media/hook.ts';
import { LocalPicture, speakerButton } from '../media/pictures.ts';
import { mediaSentence } from '../media/sentences.ts';
import { Statistics } from '../media/statistics.ts';
import type { MediaUpdate } from '../media/update.ts';
import { unreachable } from '../unreachable.ts';
import type { RoomHook, RoomState } from './hook.ts';
import { showMembers } from './member-list.ts';
import type { Message } from './messages.ts';
import { roomNames, Visit, type VisitNews } from './visit.ts';

const mostMessages = 200;
const noPublisher = { watching: undefined, left: undefined };

/** The page `/demo/room`: one visit at a time. */
class RoomPage {
  readonly #enter = byId('enter', HTMLButtonElement);
  readonly #leave = byId('leave', HTMLButtonElement);
  readonly #room = byId('room', HTMLInputElement);
  readonly #fault = byId('fault', HTMLElement);
  readonly #remote = byId('remote', HTMLVideoElement);
  readonly #write = byId('write', HTMLButtonElement);
  readonly #message = byId('message', HTMLInputElement);
  readonly #messageList = byId('messages', HTMLUListElement);
  readonly #picture = new LocalPicture();
  readonly #log = new EventLog('some');
  readonly #statistics = new Statistics(false);
  readonly #controls = new MediaControls(['audio', 'video'], (update) => this.#update(update));
  readonly #messages: Message[] = [];
  #state: RoomState = { name: 'outside' };
  #visit: Visit | undefined;

  constructor() {
    this.#listen();
    speakerButton(this.#remote);
    this.#room.value = new URLSearchParams(location.search).get('room') ?? this.#room.value;
    expose<RoomHook>({
      state: () => this.#state,
      members: () => this.#visit?.members ?? [],
      messages: () => this.#messages,
      counters: () => this.#statistics.counters,
      rates: () => this.#statistics.rates,
      events: () => this.#log.events,
    });
    this.#show({ name: 'outside' });
    void this.#listRooms();
  }

  #listen(): void {
    onSubmit('enter-form', () => void this.#go());
    onSubmit('write-form', () => void this.#send());
    this.#leave.addEventListener('click', () => this.#visit?.leave());
    byId('refresh', HTMLButtonElement).addEventListener('click', () => void this.#listRooms());
    addEventListener('pagehide', () => this.#visit?.leave());
  }

  async #go(): Promise<void> {
    this.#clear();
    const opening: RoomState = { name: 'entering' };
    this.#show(opening);
    const sends = !byId('source-none', HTMLInputElement).checked;
    const stream = sends ? await this.#picture.open() : undefined;
    if (this.#state !== opening) {
      this.#picture.close();
      return;
    }
    const name = byId('name', HTMLInputElement).value.trim();
    const guest = { name, roomId: this.#room.value.trim(), settings: this.#controls.settings };
    const visit = new Visit({ ...guest, ...(stream && { stream }) }, (news) => {
      if (visit === this.#visit) this.#hear(news);
    });
    this.#visit = visit;
    this.#statistics.follow((atMs) => visit.counters(atMs));
    void visit.enter(commandUrl());
  }

  #hear(news: VisitNews): void {
    switch (news.type) {
      case 'state':
        return this.#show(news.state);
      case 'members':
        return this.#showMembers();
      case 'message':
        return this.#showMessage(news.message);
      case 'event':
        return this.#log.add(news.event);
      case 'remote':
        this.#remote.srcObject = news.stream;
        return;
      case 'fault':
        return showFault(this.#fault, news.fault);
      default:
        return unreachable(news);
    }
  }

  #show(state: RoomState): void {
    // Entering may make a room, and leaving may leave one empty.
    const isMove = this.#visit !== undefined && state.name !== this.#state.name;
    if (isMove && state.name !== 'entering') void this.#listRooms();
    this.#state = state;
    document.body.dataset['state'] = state.name;
    byId('status', HTMLElement).textContent = sentenceOf(state);
    const isOutside = state.name === 'outside';
    const hadFocus = document.activeElement;
    this.#enter.disabled = !isOutside;
    this.#leave.disabled = isOutside;
    byId('who', HTMLFieldSetElement).disabled = !isOutside;
    this.#write.disabled = state.name !== 'inside';
    if (hadFocus === this.#enter && !isOutside) this.#leave.focus();
    if (hadFocus === this.#leave && isOutside) this.#enter.focus();
    if (isOutside) this.#tidy();
    this.#showMembers();
  }

  #showMembers(): void {
    const { watching, left } = this.#state.name === 'inside' ? this.#state : noPublisher;
    if (watching === undefined) this.#remote.srcObject = null;
    const members = this.#visit?.members ?? [];
    const watched = members.find(({ sessionId }) => sessionId === watching?.publisherId);
    byId('watched', HTMLElement).textContent = captionOf(watched?.name, left);
    const sending = this.#state.name === 'inside' ? this.#state.sending : undefined;
    const own = sending !== undefined && 'sessionId' in sending ? sending.sessionId : undefined;
    showMembers({ members, own, watching, isInside: this.#state.name === 'inside' }, (publisherId) => {
      showFault(this.#fault, undefined);
      if (publisherId === undefined) this.#visit?.stopWatching();
      else void this.#visit?.watch(publisherId);
    });
  }

  #showMessage(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length > mostMessages) this.#messages.shift();
    const entry = make('li');
    const at = make('time', new Date(message.time).toLocaleTimeString());
    entry.append(make('b', message.from), ' ', make('span', message.text), ' ', at);
    append(this.#messageList, entry, mostMessages);
  }

  async #send(): Promise<void> {
    const text = this.#message.value.trim();
    if (text === '' || this.#visit === undefined) return;
    try {
      await this.#visit.write(text);
      this.#message.value = '';
      showFault(this.#fault, undefined);
    } catch (cause) {
      showFault(this.#fault, faultFrom(cause));
    }
  }

  /** Before a visit, and without what is sent, there is nobody to tell: the next visit takes what is chosen. */
  async #update(update: MediaUpdate): Promise<void> {
    if (this.#state.name !== 'inside' || this.#state.sending === undefined) return;
    try {
      await this.#visit?.update(update);
      showFault(this.#fault, undefined);
    } catch (cause) {
      showFault(this.#fault, faultFrom(cause));
      throw cause;
    }
  }

  async #listRooms(): Promise<void> {
    const said = byId('rooms-said', HTMLElement);
    try {
      const names = await roomNames(commandUrl());
      said.textContent = names.length === 0 ? 'No rooms yet: enter one to make it.' : '';
      byId('rooms', HTMLElement).replaceChildren(...names.map((name) => this.#roomButton(name)));
    } catch (cause) {
      said.textContent = `${faultFrom(cause).text}.`;
      byId('rooms', HTMLElement).replaceChildren();
    }
  }

  #roomButton(name: string): HTMLElement {
    const entry = make('li');
    const button = make('button', name);
    button.type = 'button';
    button.addEventListener('click', () => {
      this.#room.value = name;
      this.#room.focus();
    });
    entry.append(button);
    return entry;
  }

  #clear(): void {
    showFault(this.#fault, undefined);
    this.#log.clear();
    this.#messages.length = 0;
    this.#messageList.replaceChildren();
  }

  #tidy(): void {
    this.#visit = undefined;
    this.#statistics.stop();
    this.#picture.close();
    this.#remote.srcObject = null;
  }
}

function onSubmit(id: string, act: () => void): void {
  byId(id, HTMLFormElement).addEventListener('submit', (submit) => {
    submit.preventDefault();
    act();
  });
}

function captionOf(watched: string | undefined, left: string | undefined): string {
  if (watched !== undefined) return `You watch ${watched}`;
  return left === undefined ? 'You watch' : `${left} left`;
}

function sentenceOf(state: RoomState): string {
  switch (state.name) {
    case 'outside':
      return 'Not in a room';
    case 'entering':
      return 'Entering…';
    case 'inside': {
      const sending = state.sending?.name === 'running' ? `, ${sentSentence(state.sending.media)}` : '';
      return `In room “${state.roomId}”${sending}`;
    }
    default:
      return unreachable(state);
  }
}

function sentSentence(media: string): string {
  const sentence = mediaSentence(media, 'Publishing');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

new RoomPage();
