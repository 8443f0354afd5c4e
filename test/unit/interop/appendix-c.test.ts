import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { checks, nameOf } from '../../interop/appendix-c/checks.ts';
import { tableOf } from '../../interop/appendix-c/table.ts';

test('test/appendix-c.md is what the tests of Appendix C expect', () => {
  const file = new URL('../../../../test/appendix-c.md', import.meta.url);

  assert.equal(unpadded(readFileSync(file, 'utf8')), unpadded(tableOf(checks)));
});

test('rows 1 to 22 of Appendix C each have a test, in their order, then the others, and no two have one name', () => {
  const rows = checks.map(({ row }) => row);

  const numbers = Array.from({ length: 22 }, (_, at) => at + 1);
  assert.deepEqual([...new Set(rows)], [...numbers, 'other']);
  assert.equal(new Set(checks.map(nameOf)).size, checks.length);
});

/** Without the spaces and dashes that only line up columns. */
function unpadded(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '--');
}
