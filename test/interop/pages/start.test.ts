import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { FarEnd } from './far-end.ts';
import { StubBroker } from './stub-broker.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

let browser: Browser;
let farEnd: FarEnd;

before(async () => {
  if (skip !== false) return;
  browser = await startBrowser(process.env);
  farEnd = await FarEnd.open(browser);
});

after(async () => {
  if (skip === false) await browser.close();
});

async function openAt(path: string, origin: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.goto(origin + path);
  return page;
}

test('the start page shows what runs where, without passwords', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  const page = await openAt('/', broker.origin);

  await eventually('the state', 30_000, async () => (await page.innerText('#ports')) !== '');

  assert.match(await page.innerText('#node'), /stub0001/);
  const ports = await page.innerText('#ports');
  assert.match(ports, new RegExp(`http://127.0.0.1:${broker.port}`));
  assert.match(ports, /dev bus of this process\s+nats:\/\/127\.0\.0\.1:4222/);
  await page.context().close();
});

test('the copied commands are the ones on show and hold the whole envelope', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  const page = await openAt('/', broker.origin);
  await eventually('the command', 30_000, async () => (await page.innerText('#nats-command')) !== '');

  await page.click('#nats-copy');
  await eventually(
    'a word about it',
    30_000,
    async () => (await page.innerText('#nats-copied')) === 'Copied',
  );
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');

  assert.match(copied, /^nats req media\.cmd '\{"class":"media","subclass":"session","cmd":"create",.*\}'$/);
  assert.equal(copied, await page.evaluate<string>(`document.getElementById('nats-command').textContent`));
  await page.context().close();
});

test('the page says when the broker does not answer any more', options, async () => {
  const broker = await StubBroker.start(farEnd);
  const page = await openAt('/', broker.origin);
  await eventually('the state', 30_000, async () => (await page.innerText('#ports')) !== '');

  await broker[Symbol.asyncDispose]();

  await eventually('the warning', 30_000, async () =>
    (await page.innerText('#stale')).includes('does not answer'),
  );
  await page.context().close();
});

for (const path of ['/', '/demo/echo', '/demo/call', '/demo/room', '/demo/api']) {
  test(`${path} fits a phone and names every control`, options, async () => {
    await using broker = await StubBroker.start(farEnd);
    const page = await openAt(path, broker.origin);
    await page.setViewportSize({ width: 390, height: 800 });

    assert.equal(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), true);
    assert.deepEqual(await page.evaluate<string[]>(namelessControls), []);
    await page.context().close();
  });
}

/** Controls without a text, a label or an `aria-label`, as their markup. */
const namelessControls = `[...document.querySelectorAll('a, button, input, select, video, pre, table, svg')]
  .filter((element) => !element.textContent.trim() && !element.labels?.length
    && !element.getAttribute('aria-label') && !element.getAttribute('aria-labelledby'))
  .map((element) => element.outerHTML)`;
