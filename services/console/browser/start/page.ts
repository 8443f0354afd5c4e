import { abortedAfter, every } from '../clock.ts';
import { byId, copies, make } from '../dom.ts';
import { countText, durationText } from '../format.ts';
import { isObject, numberIn, objectIn, textIn, type JsonObject } from '../json.ts';
import { curlCommand, natsCommand, websocketCommand } from './first-command.ts';

const refreshMs = 3000;

/** What each port of the state is, in the order shown. */
const listeners = [
  { name: 'http', what: 'HTTP: these pages, POST /rpc', scheme: 'http://' },
  { name: 'commands', what: 'Command WebSocket', scheme: 'ws://' },
  { name: 'media', what: 'WebRTC media', scheme: 'udp ' },
  { name: 'janus', what: 'Janus WebSocket', scheme: 'ws://' },
  { name: 'janusHttp', what: 'Janus HTTP', scheme: 'http://' },
  { name: 'admin', what: 'Janus admin WebSocket', scheme: 'ws://' },
  { name: 'adminHttp', what: 'Janus admin HTTP', scheme: 'http://' },
  { name: 'sip', what: 'SIP', scheme: 'sip:' },
] as const;

const stale = byId('stale', HTMLElement);

/** Shows what runs where as of now; says so when the broker does not tell. */
async function refresh(): Promise<void> {
  if (document.hidden) return;
  try {
    const response = await fetch('/console/state.json', { signal: abortedAfter(refreshMs) });
    const state: unknown = await response.json();
    if (!response.ok || !isObject(state)) throw new Error('no state');
    show(state);
    stale.textContent = '';
  } catch {
    // Whatever the reason, the reader wants to know that this is old.
    stale.textContent = 'The broker does not answer. What is shown here may be old.';
  }
}

function show(state: JsonObject): void {
  const ports = objectIn(state, 'ports') ?? {};
  const nats = objectIn(state, 'nats') ?? {};
  showFacts(state);
  showPorts(ports, nats);
  const bus = { url: textIn(nats, 'url'), prefix: textIn(state, 'subject_prefix') ?? 'media' };
  setText('nats-command', natsCommand(bus));
  setText('curl-command', curlCommand(location.origin));
  setText('websocket-command', websocketCommand(socketUrl(numberIn(ports, 'commands'))));
}

function showFacts(state: JsonObject): void {
  const facts = [
    ['Node', textIn(state, 'node') ?? ''],
    ['Version', textIn(state, 'version') ?? ''],
    ['Up for', durationText(numberIn(state, 'uptime') ?? 0)],
    ['Sessions', countText(numberIn(state, 'sessions'))],
  ];
  const entries = facts.map(([label, text]) => {
    const entry = make('div');
    entry.append(make('dt', label), make('dd', text));
    return entry;
  });
  byId('node', HTMLElement).replaceChildren(...entries);
}

function showPorts(ports: JsonObject, nats: JsonObject): void {
  const lines = listeners.flatMap(({ name, what, scheme }) => {
    const port = numberIn(ports, name);
    return port === undefined ? [] : [lineOf(what, `${scheme}${location.hostname}:${port}`)];
  });
  const bus = nats['embedded'] === true ? 'NATS: dev bus of this process' : 'NATS';
  lines.splice(2, 0, lineOf(bus, textIn(nats, 'url') ?? 'none'));
  byId('ports', HTMLElement).replaceChildren(...lines);
}

function lineOf(what: string, where: string): HTMLElement {
  const line = make('tr');
  const cell = make('td');
  const name = make('th', what);
  name.scope = 'row';
  cell.append(make('code', where));
  line.append(name, cell);
  return line;
}

/** The port of its own where it runs, else the path on this host. */
function socketUrl(port: number | undefined): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  return port === undefined
    ? `${scheme}://${location.host}/commands`
    : `${scheme}://${location.hostname}:${port}`;
}

/** Leaves an equal text alone, so that a selection in it survives. */
function setText(id: string, text: string): void {
  const element = byId(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}

for (const way of ['nats', 'curl', 'websocket'])
  copies(
    byId(`${way}-copy`, HTMLButtonElement),
    byId(`${way}-command`, HTMLElement),
    byId(`${way}-copied`, HTMLElement),
  );
void refresh();
every(refreshMs, () => void refresh());
document.addEventListener('visibilitychange', () => void refresh());
