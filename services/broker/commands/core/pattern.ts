import type { Commands } from '#schemas';
import { any, type EventPattern } from '../../subscriptions.ts';

/** What `unsubscribe` names, which is what `subscribe` named without its body. */
export type PatternWords = Commands['core.event.unsubscribe']['data'];

/** Which events the words of a command mean; what is left out, empty or `*` is any. */
export function patternOf({ class: area, subclass, type, obj_id, service }: PatternWords): EventPattern {
  const types = typeof type === 'string' ? [type] : (type ?? [any]);
  const isAnyType = types.length === 0 || types.some((word) => wordOf(word) === any);
  return {
    class: area,
    subclass: wordOf(subclass),
    types: isAnyType ? undefined : types,
    obj_id: wordOf(obj_id),
    ...(service !== undefined && { service }),
  };
}

/** A pattern in the words of a command. */
export function wordsOf({ class: area, subclass, types, obj_id, service }: EventPattern): {
  class: string;
  subclass: string;
  type: string | string[];
  obj_id: string;
  service?: string;
} {
  const [first = any, ...others] = types ?? [];
  const type = others.length === 0 ? first : [first, ...others];
  return { class: area, subclass, type, obj_id, ...(service !== undefined && { service }) };
}

function wordOf(word: string | undefined): string {
  return word === undefined || word === '' ? any : word;
}
