import assert from 'node:assert/strict';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

const host = { collectYoung: (): void => assert.fail('V8 does not say how to collect') };
runInNewContext('host.collectYoung = () => gc({ type: "minor" })', { host });

/**
 * Bytes of the heap that are left of what `round` makes and lets go in 40 rounds, when V8 collects young memory alone,
 * as it does many times a second under load. What there was before is old by then.
 */
export function leftInYoungMemory(round: () => void): number {
  for (let count = 0; count < 3; count += 1) host.collectYoung();
  const before = getHeapStatistics().used_heap_size;
  for (let count = 0; count < 40; count += 1) {
    round();
    host.collectYoung();
  }
  for (let count = 0; count < 3; count += 1) host.collectYoung();
  return getHeapStatistics().used_heap_size - before;
}
