import assert from 'node:assert/strict';
import type { Fields, Heard } from '../../support/nats-caller.ts';

/** An application server, whatever its transport: gives commands and hears all events. */
export interface Caller extends AsyncDisposable {
  /** The whole reply to a command as its schema file is called: `session.create`. */
  ask(name: string, data: object): Promise<Fields>;
  /** What a command that succeeds replies. */
  command(name: string, data: object): Promise<Fields>;
  /** Events of one object so far, in the order of their arrival. */
  eventsOf(id: string): readonly Heard[];
}

/** The error that a command was refused with. */
export function refusalIn(reply: Fields): { readonly code: unknown; readonly name: unknown } {
  const { result, data } = reply;
  assert.equal(result, 'error', JSON.stringify(reply));
  assert.ok(typeof data === 'object' && data !== null && 'code' in data && 'name' in data);
  return { code: data.code, name: data.name };
}
