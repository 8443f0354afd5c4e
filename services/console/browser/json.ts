/** An object of JSON whose fields are not yet known to be right. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object and neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text in that field; undefined if it holds anything else. */
export function textIn(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' ? value : undefined;
}

/** The finite number in that field; undefined if it holds anything else. */
export function numberIn(object: JsonObject, field: string): number | undefined {
  const value = object[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The object in that field; undefined if it holds anything else. */
export function objectIn(object: JsonObject, field: string): JsonObject | undefined {
  const value = object[field];
  return isObject(value) ? value : undefined;
}
