/** The element with that id. Throws if the page has none of that kind: then page and script do not belong together. */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

/** A new element with text in it, which is never read as markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  text = '',
  className = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (text !== '') element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

/** Puts `entry` at the end of `list` and drops the oldest beyond `most`; keeps the end in view if it was. */
export function append(list: HTMLElement, entry: HTMLElement, most: number): void {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
  list.append(entry);
  while (list.childElementCount > most) list.firstElementChild?.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Makes `button` copy what `text` returns and say so for a moment. */
export function copies(button: HTMLButtonElement, source: HTMLElement, said: HTMLElement): void {
  button.addEventListener('click', () => {
    void copy(source).then((done) => {
      said.textContent = done ? 'Copied' : 'Selected: press Ctrl+C';
    });
  });
}

/** False where the clipboard is out of reach (no HTTPS, no permission); the text is then selected instead. */
async function copy(source: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    // Copying by hand remains.
    getSelection()?.selectAllChildren(source);
    return false;
  }
}

/** The command WebSocket on the host that served this page. */
export function commandUrl(): URL {
  const url = new URL('/commands', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
