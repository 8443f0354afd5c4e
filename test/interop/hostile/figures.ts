import { appendFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

/** Shows what a test measured, and keeps it in the file that FIGURES_FILE names, one line of JSON each. */
export function report(t: TestContext, id: string, figures: Readonly<Record<string, number | string>>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  t.diagnostic(`${id}: ${words.join(', ')}`);
  const file = process.env['FIGURES_FILE'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ id, test: t.name, ...figures })}\n`);
}

/** With so many digits after the point as matter. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
