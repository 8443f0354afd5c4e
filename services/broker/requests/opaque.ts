import { MediaError } from '#schemas';

/** Throws MediaError `syntax_error` if something that is kept as it came takes more than `most` characters of JSON. */
export function limitSize(field: string, value: unknown, most: number): void {
  if (value === undefined || JSON.stringify(value).length <= most) return;
  throw new MediaError('syntax_error', field, {
    hint: `data.${field} must take at most ${most} characters of JSON`,
  });
}
