import { abortedAfter, now } from '../clock.ts';
import { CommandConnection, faultFrom, type ConnectionNews, type Exchange } from '../commands.ts';
import { byId, commandUrl, copies, make } from '../dom.ts';
import { showFault } from '../fault-box.ts';
import { millisecondsText } from '../format.ts';
import { isObject, objectIn, textIn, type JsonObject } from '../json.ts';
import { EventLog } from '../media/event-log.ts';
import { expose } from '../media/hook.ts';
import { curlRequest, natsRequest, type Bus } from '../shell.ts';
import { checkText, idsIn, pretty, withField, type Problem } from './check.ts';
import { commandsIn, type Command } from './facts.ts';
import { showFields } from './field-table.ts';
import type { ApiHook, ReplyShown } from './hook.ts';
import { sampleOf, sampleValue, type KnownIds } from './sample.ts';

const loadTimeoutMs = 10_000;
const firstShown = 'session.create';

/** The page `/demo/api`: one text, one reply, and the events of one command connection. */
class ApiPage {
  readonly #choice = byId('command', HTMLSelectElement);
  readonly #text = byId('text', HTMLTextAreaElement);
  readonly #send = byId('send', HTMLButtonElement);
  readonly #connect = byId('connect', HTMLButtonElement);
  readonly #listen = byId('all-events', HTMLButtonElement);
  readonly #fault = byId('fault', HTMLElement);
  readonly #log = new EventLog('some');
  #commands: readonly Command[] = [];
  #bus: Bus = { url: undefined, prefix: 'media' };
  #known: KnownIds = {};
  #connection: CommandConnection | undefined;
  #state: ApiHook['connection'] = 'closed';
  #reply: ReplyShown | undefined;

  constructor() {
    this.#choice.addEventListener('change', () => this.#choose());
    this.#text.addEventListener('input', () => this.#check());
    this.#text.addEventListener('keydown', (key) => {
      if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) void this.#exchange();
    });
    this.#send.addEventListener('click', () => void this.#exchange());
    this.#connect.addEventListener('click', () => void this.#open());
    this.#listen.addEventListener('click', () => void this.#toggleEvents());
    byId('sample', HTMLButtonElement).addEventListener('click', () => this.#choose());
    byId('clear-events', HTMLButtonElement).addEventListener('click', () => this.#log.clear());
    for (const way of ['curl', 'nats'])
      copies(
        byId(`${way}-copy`, HTMLButtonElement),
        byId(`${way}-command`, HTMLElement),
        byId(`${way}-copied`, HTMLElement),
      );
    addEventListener('pagehide', () => this.#connection?.close());
    expose<ApiHook>({
      connection: () => this.#state,
      commands: () => this.#commands.map(({ name }) => name),
      reply: () => this.#reply,
      events: () => this.#log.events,
    });
  }

  async start(): Promise<void> {
    void this.#open();
    try {
      this.#commands = commandsIn(await fetched('/demo/api/commands.json'));
      this.#showChoice();
      const state = await fetched('/console/state.json');
      if (isObject(state)) this.#bus = busIn(state);
      this.#check();
    } catch (cause) {
      showFault(this.#fault, faultFrom(cause));
    }
  }

  async #open(): Promise<void> {
    this.#enter('connecting');
    try {
      this.#connection = await CommandConnection.open(commandUrl(), 'api-demo', (news) => this.#hear(news));
      showFault(this.#fault, undefined);
      this.#enter('open');
    } catch (cause) {
      this.#enter('closed');
      showFault(this.#fault, faultFrom(cause));
    }
  }

  #hear(news: ConnectionNews): void {
    if (news.type === 'event') {
      this.#learn(news.event.body);
      return this.#log.add(news.event);
    }
    this.#connection = undefined;
    this.#enter('closed');
    showFault(this.#fault, news.fault);
  }

  #enter(state: ApiHook['connection']): void {
    this.#state = state;
    const words = {
      connecting: 'Connecting to the broker…',
      open: 'Connected and logged in',
      closed: 'Not connected',
    };
    byId('status', HTMLElement).textContent = words[state];
    this.#connect.hidden = state !== 'closed';
    this.#listen.disabled = state !== 'open';
    if (state !== 'open') this.#listen.ariaPressed = 'false';
    this.#check();
  }

  #showChoice(): void {
    const labels = [...new Set(this.#commands.map(groupOf))];
    const entries = labels.map((label) => {
      const group = make('optgroup');
      group.label = label;
      const commands = this.#commands.filter((command) => groupOf(command) === label);
      group.append(...commands.map(({ name }) => new Option(name, name)));
      return group;
    });
    this.#choice.replaceChildren(...entries);
    this.#choice.value = firstShown;
    this.#choose();
  }

  #choose(): void {
    const command = this.#commands.find(({ name }) => name === this.#choice.value);
    if (command === undefined) return;
    this.#text.value = pretty(sampleOf(command, this.#known));
    this.#check();
    showFields(command, (field) => {
      const text = withField(this.#text.value, field.name, sampleValue(command, field, this.#known));
      if (text !== undefined) this.#text.value = text;
      this.#check();
    });
  }

  #check(): void {
    const { envelope, problems } = checkText(this.#text.value, this.#commands);
    showProblems(problems, this.#text);
    this.#send.disabled = envelope === undefined || this.#state !== 'open';
    const json = envelope === undefined ? '' : JSON.stringify(envelope);
    byId('curl-command', HTMLElement).textContent = json && curlRequest(location.origin, json);
    byId('nats-command', HTMLElement).textContent = json && natsRequest(this.#bus, json);
  }

  async #exchange(): Promise<void> {
    const { envelope } = checkText(this.#text.value, this.#commands);
    if (envelope === undefined || this.#connection === undefined) return;
    const startedAt = now();
    this.#send.ariaBusy = 'true';
    byId('took', HTMLElement).textContent = 'Waiting for the reply…';
    try {
      this.#showReply(await this.#connection.exchange(envelope), now() - startedAt);
    } catch (cause) {
      byId('took', HTMLElement).textContent = 'No reply';
      showFault(byId('reply-fault', HTMLElement), faultFrom(cause));
    }
    this.#send.ariaBusy = 'false';
  }

  #showReply({ reply, text }: Exchange, tookMs: number): void {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) return;
    this.#reply = { isOk: reply.type === 'ok', message, tookMs };
    byId('took', HTMLElement).textContent =
      `${reply.type === 'ok' ? 'OK' : 'Error'} after ${millisecondsText(tookMs)}`;
    byId('reply', HTMLElement).textContent = pretty(message);
    showFault(byId('reply-fault', HTMLElement), reply.type === 'error' ? reply.fault : undefined);
    if (reply.type === 'ok') this.#learn(reply.data);
  }

  #learn(data: unknown): void {
    this.#known = { ...this.#known, ...idsIn(data) };
  }

  async #toggleEvents(): Promise<void> {
    const wanted = this.#listen.ariaPressed !== 'true';
    try {
      const cmd = wanted ? 'subscribe' : 'unsubscribe';
      await this.#connection?.request('core', 'event', cmd, { class: 'media' });
      this.#listen.ariaPressed = String(wanted);
    } catch (cause) {
      showFault(this.#fault, faultFrom(cause));
    }
  }
}

/** `session` of class media, `core.event` of class core. */
function groupOf({ name }: Command): string {
  return name.slice(0, name.lastIndexOf('.'));
}

async function fetched(path: string): Promise<unknown> {
  const response = await fetch(path, { signal: abortedAfter(loadTimeoutMs) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

function busIn(state: JsonObject): Bus {
  const prefix = textIn(state, 'subject_prefix') ?? 'media';
  return { url: textIn(objectIn(state, 'nats') ?? {}, 'url'), prefix };
}

function showProblems(problems: readonly Problem[], text: HTMLTextAreaElement): void {
  text.ariaInvalid = String(problems.some(({ severity }) => severity === 'error'));
  const entries = problems.map((problem) => {
    const entry = make('li', problem.text, problem.severity);
    const { at } = problem;
    if (at !== undefined) entry.append(' ', goButton(text, at));
    return entry;
  });
  const list = byId('problems', HTMLElement);
  const isSame =
    [...list.children].map((entry) => entry.textContent).join() ===
    entries.map((entry) => entry.textContent).join();
  if (!isSame) list.replaceChildren(...entries);
}

function goButton(text: HTMLTextAreaElement, at: number): HTMLButtonElement {
  const button = make('button', 'Go there', 'small-button');
  button.type = 'button';
  button.addEventListener('click', () => {
    text.focus();
    text.setSelectionRange(at, at + 1);
  });
  return button;
}

void new ApiPage().start();
