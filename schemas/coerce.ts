/** A schema as far as coercion needs it: what kind of value stands where. */
export interface Shape {
  readonly kind: 'boolean' | 'integer' | 'string' | 'object' | 'array' | 'any';
  readonly fields: ReadonlyMap<string, Shape>;
  /** Fields beyond `fields` belong to the value. */
  readonly isOpen: boolean;
  readonly items: Shape | undefined;
}

/** Which words stand for true and false, and whether a text may be a list. */
export interface Dialect {
  readonly truths: ReadonlyMap<unknown, boolean>;
  /** `a, b` is a list of two. */
  readonly hasListText: boolean;
}

/** A value with every field in its declared type where that loses nothing, and the names of the top fields nobody declared. */
export interface Coerced {
  readonly value: unknown;
  readonly unknownFields: readonly string[];
}

/** Other ways to write booleans, by the table of nkmedia-api.md section 1.4. */
const wireTruths: readonly (readonly [unknown, boolean])[] = [
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
];

/** How commands are written. */
export const wire: Dialect = { truths: new Map(wireTruths), hasListText: false };

/** How settings are written in the environment. */
export const environment: Dialect = {
  truths: new Map([...wireTruths, ['yes', true], ['no', false], ['on', true], ['off', false]]),
  hasListText: true,
};

const anything: Shape = { kind: 'any', fields: new Map(), isOpen: true, items: undefined };

/** Reads what coercion needs from a JSON Schema; `definitions` are what its `$ref`s name by their last part. */
export function shapeOf(schema: unknown, definitions: unknown): Shape {
  const reference = fieldOf(schema, '$ref');
  if (typeof reference === 'string') {
    return shapeOf(fieldOf(definitions, reference.slice(reference.lastIndexOf('/') + 1)), definitions);
  }
  const items = fieldOf(schema, 'items');
  return {
    kind: kindOf(schema),
    fields: new Map(entriesOf(fieldOf(schema, 'properties')).map(([k, v]) => [k, shapeOf(v, definitions)])),
    isOpen: fieldOf(schema, 'additionalProperties') === true,
    items: items === undefined ? undefined : shapeOf(items, definitions),
  };
}

/** Brings `value` into its shape as far as that loses nothing; the rest is left for the validator. Changes nothing in place. */
export function coerce(shape: Shape, value: unknown, dialect: Dialect): Coerced {
  if (shape.kind !== 'object' || !isObject(value)) {
    return { value: coerceScalar(shape, value, dialect), unknownFields: [] };
  }
  const known: [string, unknown][] = [];
  const unknownFields: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    const declared = shape.fields.get(name);
    if (declared === undefined && !shape.isOpen) unknownFields.push(name);
    else known.push([name, coerce(declared ?? anything, field, dialect).value]);
  }
  return { value: Object.fromEntries(known), unknownFields };
}

/** The boolean that `value` stands for, or `value` itself. */
export function coerceBoolean(value: unknown, { truths }: Dialect): unknown {
  return truths.get(value) ?? value;
}

function coerceScalar(shape: Shape, value: unknown, dialect: Dialect): unknown {
  switch (shape.kind) {
    case 'boolean':
      return coerceBoolean(value, dialect);
    case 'integer':
      return typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : value;
    case 'string':
      return asText(value);
    case 'array':
      return asList(shape.items ?? anything, value, dialect);
    case 'object':
    case 'any':
      return value;
  }
}

function asText(value: unknown): unknown {
  const isWord = typeof value === 'boolean' || value === null || Number.isSafeInteger(value);
  return isWord ? String(value) : value;
}

function asList(items: Shape, value: unknown, dialect: Dialect): unknown {
  const list: unknown = dialect.hasListText && typeof value === 'string' ? wordsOf(value) : value;
  if (!Array.isArray(list)) return value;
  return list.map((item: unknown) => coerce(items, item, dialect).value);
}

function wordsOf(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  return words.filter((word) => word !== '');
}

/** Words of an enum are taken as they are written; a union of types is left to the validator. */
function kindOf(schema: unknown): Shape['kind'] {
  const type = fieldOf(schema, 'type');
  if (fieldOf(schema, 'enum') !== undefined) return 'any';
  switch (type) {
    case 'boolean':
    case 'integer':
    case 'string':
    case 'array':
    case 'object':
      return type;
    default:
      return 'any';
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
