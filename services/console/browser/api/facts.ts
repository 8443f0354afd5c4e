// What the broker tells of its commands. The pages stand alone, so these shapes are written here again; a test holds
// them to those of the console. No DOM here: it also runs in Node's tests.
import { isObject, numberIn, textIn, type JsonObject } from '../json.ts';

/** One field of a command or of its reply. */
export interface Field {
  readonly name: string;
  /** `string`, `integer`, `string or array`, `anything`. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** If only these are allowed. */
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly fields?: readonly Field[];
}

/** One command. */
export interface Command {
  readonly name: string;
  readonly class: string;
  readonly subclass: string;
  readonly cmd: string;
  readonly description: string;
  readonly fields: readonly Field[];
  readonly reply: readonly Field[];
  readonly repliesList: boolean;
}

/** Reads the body of `/demo/api/commands.json`; what is not of that form is left out. */
export function commandsIn(body: unknown): readonly Command[] {
  return objectsIn(body).map((command) => ({
    name: word(command, 'name'),
    class: word(command, 'class'),
    subclass: word(command, 'subclass'),
    cmd: word(command, 'cmd'),
    description: word(command, 'description'),
    fields: fieldsIn(command['fields']),
    reply: fieldsIn(command['reply']),
    repliesList: command['replies_list'] === true,
  }));
}

function fieldsIn(value: unknown): readonly Field[] {
  return objectsIn(value).map((field) => {
    const minimum = numberIn(field, 'minimum');
    const maximum = numberIn(field, 'maximum');
    const fields = fieldsIn(field['fields']);
    const { values } = field;
    return {
      name: word(field, 'name'),
      type: word(field, 'type'),
      required: field['required'] === true,
      description: word(field, 'description'),
      ...(Array.isArray(values) && { values: values.map(String) }),
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
      ...(fields.length > 0 && { fields }),
    };
  });
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function word(object: JsonObject, key: string): string {
  return textIn(object, key) ?? '';
}
