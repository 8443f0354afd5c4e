import { byId, make } from '../dom.ts';
import type { Command, Field } from './facts.ts';

/** Shows what a command takes and answers; `add` is told which field to put into the text. */
export function showFields(command: Command, add: (field: Field) => void): void {
  byId('command-description', HTMLElement).textContent = command.description;
  const rows = command.fields.flatMap((field) => [
    rowOf(field, field.name, addButton(field, add)),
    ...innerRows(field, field.name),
  ]);
  byId('fields', HTMLElement).replaceChildren(...(rows.length === 0 ? [emptyRow('No fields')] : rows));
  const reply = command.reply.flatMap((field) => [rowOf(field, field.name), ...innerRows(field, field.name)]);
  byId('reply-fields', HTMLElement).replaceChildren(...(reply.length === 0 ? [emptyRow('Empty')] : reply));
  byId('reply-kind', HTMLElement).textContent = command.repliesList ? 'A list of objects with:' : '';
}

function innerRows(field: Field, path: string): readonly HTMLElement[] {
  return (field.fields ?? []).flatMap((inner) => {
    const innerPath = `${path}.${inner.name}`;
    return [rowOf(inner, innerPath), ...innerRows(inner, innerPath)];
  });
}

function rowOf(field: Field, path: string, button?: HTMLElement): HTMLElement {
  const row = make('tr');
  const name = make('th');
  name.scope = 'row';
  name.append(make('code', path));
  if (field.required) name.append(' ', make('span', 'required', 'required'));
  if (button !== undefined) name.append(' ', button);
  const about = make('td');
  about.append(make('span', typeText(field), 'field-type'));
  if (field.description !== '') about.append(' ', aboutText(field.description));
  row.append(name, about);
  return row;
}

/** What a description has between backquotes is code. */
function aboutText(description: string): HTMLElement {
  const text = make('span', '', 'field-about');
  const parts = description.split('`');
  text.append(...parts.map((part, index) => (index % 2 === 1 ? make('code', part) : part)));
  return text;
}

function typeText({ type, values, minimum, maximum }: Field): string {
  if (values !== undefined) return values.join(' | ');
  if (minimum === undefined && maximum === undefined) return type;
  if (maximum === undefined) return `${type} ≥ ${minimum ?? ''}`;
  return `${type} ${minimum ?? '…'}–${maximum}`;
}

function addButton(field: Field, add: (field: Field) => void): HTMLElement {
  const button = make('button', 'Add', 'small-button');
  button.type = 'button';
  button.ariaLabel = `Add ${field.name} to the command`;
  button.addEventListener('click', () => add(field));
  return button;
}

function emptyRow(text: string): HTMLElement {
  const row = make('tr');
  const cell = make('td', text);
  cell.colSpan = 2;
  row.append(cell);
  return row;
}
