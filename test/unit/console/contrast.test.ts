import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { consolePages } from '#services/console';
import { FakeClock } from '../../support/fake-clock.ts';

/** Text and what it stands on, by the names of the style sheet. WCAG 2.2 AA asks for 4.5:1. */
const textPairs = [
  ['ink', 'page'],
  ['ink', 'surface'],
  ['ink', 'code'],
  ['ink', 'danger-surface'],
  ['muted', 'page'],
  ['muted', 'surface'],
  ['muted', 'code'],
  ['accent', 'page'],
  ['accent', 'surface'],
  ['accent', 'code'],
  ['on-accent', 'accent'],
  ['surface', 'second'],
  ['second', 'surface'],
  ['danger', 'danger-surface'],
  ['danger', 'code'],
  ['danger', 'surface'],
  ['notice', 'notice-surface'],
] as const;

/** WCAG 2.2, success criterion 1.4.11: the edge of a control asks for 3:1. */
const edgePairs = [
  ['control', 'surface'],
  ['control', 'page'],
] as const;

type Colours = ReadonlyMap<string, string>;

/** The colours of the light and of the dark scheme. */
async function schemes(): Promise<readonly Colours[]> {
  const app = fastify();
  await app.register(
    consolePages(new FakeClock(), {
      node: '',
      version: '',
      subjectPrefix: '',
      ports: () => ({}),
      nats: () => undefined,
      sessions: () => 0,
    }),
  );
  const { body } = await app.inject('/console/style.css');
  return [...body.matchAll(/:root \{([^}]*)\}/g)].map(
    ([, block]) =>
      new Map([...(block ?? '').matchAll(/--([\w-]+): (#\w{6})/g)].map(([, a, b]) => [a ?? '', b ?? ''])),
  );
}

/** WCAG 2.2, "relative luminance" of sRGB. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(colours: Colours, [text, ground]: readonly [string, string]): number {
  const [a, b] = [text, ground].map((name) => {
    const colour = colours.get(name);
    assert.ok(colour, `no colour ${name}`);
    return luminance(colour);
  });
  return (Math.max(a ?? 0, b ?? 0) + 0.05) / (Math.min(a ?? 0, b ?? 0) + 0.05);
}

test('texts and controls have enough contrast in the light and in the dark', async () => {
  const found = await schemes();
  assert.equal(found.length, 2);
  for (const colours of found) {
    for (const pair of textPairs) assert.ok(contrast(colours, pair) >= 4.5, pair.join(' on '));
    for (const pair of edgePairs) assert.ok(contrast(colours, pair) >= 3, pair.join(' on '));
  }
});
