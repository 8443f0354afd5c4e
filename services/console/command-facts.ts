import { commandNames, commandSchemas, typesSchema } from '#schemas';

/** What the schema file of a command says of one field. */
export interface FieldFacts {
  readonly name: string;
  /** `string`, `integer`, `string or array`, `anything`. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** If only these are allowed. */
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of an object whose fields are known. */
  readonly fields?: readonly FieldFacts[];
}

/** What the schema file of a command says of it. */
export interface CommandFacts {
  /** As its schema file is called. */
  readonly name: string;
  readonly class: string;
  readonly subclass: string;
  readonly cmd: string;
  readonly description: string;
  readonly fields: readonly FieldFacts[];
  readonly reply: readonly FieldFacts[];
  /** Whether the reply is a list of such objects. */
  readonly replies_list: boolean;
}

type Schema = Readonly<Record<string, unknown>>;

/** Objects within objects that are shown; none of ours goes deeper. */
const deepest = 4;

/** Every command with its fields, in the order of their names: the body of `GET /demo/api/commands.json`. */
export function commandFacts(): readonly CommandFacts[] {
  return [...commandNames].sort().map((name) => {
    const schema: Schema = commandSchemas[name];
    const parts = objectIn(schema, 'properties');
    const reply = resolved(objectIn(parts, 'reply'));
    const isList = reply['type'] === 'array';
    return {
      name,
      ...wordsOf(name),
      description: textIn(schema, 'description'),
      fields: fieldsOf(resolved(objectIn(parts, 'data')), deepest),
      reply: fieldsOf(isList ? resolved(objectIn(reply, 'items')) : reply, deepest),
      replies_list: isList,
    };
  });
}

/** A schema file is called `<subclass>.<cmd>` for class media and `core.<subclass>.<cmd>` for class core. */
function wordsOf(name: string): Pick<CommandFacts, 'class' | 'subclass' | 'cmd'> {
  const [first = '', second = '', third] = name.split('.');
  return third === undefined
    ? { class: 'media', subclass: first, cmd: second }
    : { class: first, subclass: second, cmd: third };
}

function fieldsOf(schema: Schema, depth: number): readonly FieldFacts[] {
  const required = listIn(schema, 'required');
  return Object.entries(objectIn(schema, 'properties')).map(([name, value]) =>
    fieldOf(name, resolved(schemaOf(value)), required.includes(name), depth),
  );
}

function fieldOf(name: string, schema: Schema, required: boolean, depth: number): FieldFacts {
  const { minimum, maximum } = schema;
  const values = listIn(schema, 'enum').map(String);
  const fields = depth > 0 ? fieldsOf(schema, depth - 1) : [];
  return {
    name,
    type: typeOf(schema),
    required,
    description: textIn(schema, 'description'),
    ...(values.length > 0 && { values }),
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
    ...(fields.length > 0 && { fields }),
  };
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  return Array.isArray(type) ? type.map(String).join(' or ') : 'anything';
}

/** With what it refers to in types.json; what stands beside the reference wins. */
function resolved(schema: Schema): Schema {
  const name = /#\/\$defs\/(\w+)$/.exec(textIn(schema, '$ref'))?.[1];
  if (name === undefined) return schema;
  return { ...resolved(objectIn(typesSchema.$defs, name)), ...schema };
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function objectIn(schema: Schema, key: string): Schema {
  return schemaOf(schema[key]);
}

function textIn(schema: Schema, key: string): string {
  const value = schema[key];
  return typeof value === 'string' ? value : '';
}

function listIn(schema: Schema, key: string): readonly unknown[] {
  const value: unknown = schema[key];
  return Array.isArray(value) ? value : [];
}
