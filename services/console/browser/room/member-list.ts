import { byId, make } from '../dom.ts';
import type { Watched } from './hook.ts';
import type { Member } from './members.ts';

/** What the list shows. */
export interface MemberView {
  readonly members: readonly Member[];
  /** The session that this page publishes with, if any. */
  readonly own: string | undefined;
  readonly watching: Watched | undefined;
  readonly isInside: boolean;
}

/** Shows who is in the room in `#members`; `choose` is told whom to watch, undefined for nobody any more. */
export function showMembers(
  { members, own, watching, isInside }: MemberView,
  choose: (publisherId: string | undefined) => void,
): void {
  const list = byId('members', HTMLUListElement);
  const focused = document.activeElement?.getAttribute('data-publisher');
  const entries = members.map((member) => {
    const entry = make('li');
    const isOwn = member.sessionId === own;
    const name = make('span', member.name, 'member-name');
    entry.append(name, ' ', make('small', roleText(member, members, isOwn)));
    if (member.role === 'publisher' && !isOwn) entry.append(watchButton(member, watching, choose));
    return entry;
  });
  list.replaceChildren(...entries);
  if (entries.length === 0)
    list.append(make('li', isInside ? 'Nobody publishes or watches.' : 'Enter a room to see who is there.'));
  if (focused !== null && focused !== undefined)
    list.querySelector<HTMLElement>(`[data-publisher="${CSS.escape(focused)}"]`)?.focus();
}

function roleText(member: Member, members: readonly Member[], isOwn: boolean): string {
  if (isOwn) return 'publishes (you)';
  if (member.role === 'publisher') return 'publishes';
  const publisher = members.find(({ sessionId }) => sessionId === member.publisherId);
  return publisher === undefined ? 'watches' : `watches ${publisher.name}`;
}

function watchButton(
  { sessionId, name }: Member,
  watching: Watched | undefined,
  choose: (publisherId: string | undefined) => void,
): HTMLButtonElement {
  const isWatched = watching?.publisherId === sessionId;
  const button = make('button', 'Watch', 'toggle');
  button.type = 'button';
  button.ariaPressed = String(isWatched);
  button.ariaLabel = `Watch ${name}`;
  button.dataset['publisher'] = sessionId;
  button.disabled = watching !== undefined && watching.leg.name !== 'running';
  button.addEventListener('click', () => choose(isWatched ? undefined : sessionId));
  return button;
}
