import { classAliases, commandAliases, commandNames, MediaError } from '#schemas';
import type { CommandName, Envelope } from '#schemas';

type Subclasses = ReadonlyMap<string, ReadonlyMap<string, CommandName>>;

/** Commands by class, subclass and cmd. Maps, so that no word of a client finds a prototype. */
const commands: ReadonlyMap<string, Subclasses> = index();

/** The subclass of core commands that name none, for example `ping`. */
const defaultCoreSubclass = 'core';

/** Where an envelope wants to go, in our own words. */
export interface Route {
  readonly class: string;
  readonly subclass: string;
  readonly cmd: string;
}

/** Whether this is the one command that comes before login. */
export function isLogin({ class: area, subclass, cmd }: Envelope): boolean {
  return area === 'core' && subclass === 'user' && cmd === 'login';
}

/**
 * Finds the command of an envelope, other words for it put right. Throws MediaError `not_implemented` for a class or a
 * subclass of media that nobody knows, and for a cmd of rooms; `unknown_command` for any other cmd.
 * @see reference/nkmedia-api.md sections 1.3 and 10
 */
export function commandOf(envelope: Envelope): CommandName {
  const route = routeOf(envelope);
  const subclasses = commands.get(route.class);
  if (subclasses === undefined) throw unknown('not_implemented', 'class', route.class, commands.keys());
  const known = subclasses.get(route.subclass);
  const name = known?.get(route.cmd);
  if (name !== undefined) return name;
  if (known === undefined && route.class === 'media')
    throw unknown('not_implemented', 'subclass', route.subclass, subclasses.keys());
  const code = route.subclass === 'room' && route.class === 'media' ? 'not_implemented' : 'unknown_command';
  throw unknown(code, 'cmd', envelope.cmd, known?.keys() ?? subclasses.keys());
}

/** The parts of an envelope, other words put right and what may be left out filled in. */
export function routeOf(envelope: Envelope): Route {
  const { class: area, subclass = '' } = envelope;
  const cmd = wordOf(envelope);
  if (subclass === '' && classAliases.has(area)) return routeOf({ class: 'media', subclass: area, cmd });
  if (subclass === '' && area === 'core') return { class: area, subclass: defaultCoreSubclass, cmd };
  if (subclass === '' && area === 'media') return { class: area, ...onlyPlaceOf(cmd) };
  return { class: area, subclass, cmd: commandAliases.get(subclass)?.get(cmd) ?? cmd };
}

/** `update` of old clients is two commands of today: one that names a type changes that, any other what flows. */
function wordOf({ class: area, subclass = '', cmd, data = {} }: Envelope): string {
  const isOfSession = area === 'session' || (area === 'media' && (subclass === '' || subclass === 'session'));
  if (!isOfSession || cmd !== 'update') return cmd;
  return 'type' in data ? 'set_type' : 'update_media';
}

/** Where a media command is that names no subclass: in sessions, else in the only one that has it. */
function onlyPlaceOf(cmd: string): Pick<Route, 'subclass' | 'cmd'> {
  const places = [...(commands.get('media') ?? [])].flatMap(([subclass, known]) => {
    const word = commandAliases.get(subclass)?.get(cmd) ?? cmd;
    return known.has(word) ? [{ subclass, cmd: word }] : [];
  });
  const only = places.length === 1 ? places[0] : undefined;
  return places.find(({ subclass }) => subclass === 'session') ?? only ?? { subclass: '', cmd };
}

function unknown(
  code: 'not_implemented' | 'unknown_command',
  part: string,
  word: string,
  known: Iterable<string>,
): MediaError {
  const hint = `${part} ${JSON.stringify(word)} is not known; known: ${[...known].join(', ')}`;
  return new MediaError(code, word, { hint });
}

/** `session.create` is of class media, `core.user.login` of class core. */
function index(): Map<string, Map<string, Map<string, CommandName>>> {
  const classes = new Map<string, Map<string, Map<string, CommandName>>>();
  for (const name of commandNames) {
    const [first = '', second = '', third] = name.split('.');
    const [area, subclass, cmd] = third === undefined ? ['media', first, second] : [first, second, third];
    const subclasses = classes.get(area) ?? new Map<string, Map<string, CommandName>>();
    const cmds = subclasses.get(subclass) ?? new Map<string, CommandName>();
    classes.set(area, subclasses.set(subclass, cmds.set(cmd, name)));
  }
  return classes;
}
