import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { commandNames } from '#schemas';
import type { ApiHook } from '../../../services/console/browser/api/hook.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { DemoPage } from '../../support/demo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

let browser: Browser;
let broker: BrokerProcess;

before(async () => {
  if (skip !== false) return;
  [browser, broker] = await Promise.all([startBrowser(process.env), BrokerProcess.start()]);
});

after(async () => {
  if (skip !== false) return;
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function openApi(): Promise<DemoPage<ApiHook>> {
  const origin = `http://127.0.0.1:${broker.ports['http']}`;
  const api = await DemoPage.open<ApiHook>(browser, origin, '/demo/api');
  await api.until('the connection', 'connection', (connection) => connection === 'open');
  await api.until('the commands', 'commands', (commands) => commands.length > 0);
  return api;
}

test(
  'the sample of create is answered, its events come, and destroy is about that session',
  options,
  async () => {
    await using api = await openApi();

    assert.deepEqual(await api.read('commands'), [...commandNames].sort());
    await api.page.click('#send');
    const created = await api.until('the reply', 'reply', (reply) => reply !== undefined);
    assert.equal(created?.isOk, true, JSON.stringify(created));
    assert.match(await api.page.innerText('#took'), /^OK after [\d.]+ ms$/);
    assert.match(await api.page.innerText('#reply'), /"answer": \{/);
    await api.until('its events', 'events', (events) => events.some(({ type }) => type === 'answer'));

    await api.page.selectOption('#command', 'session.destroy');
    await api.page.click('#send');
    await api.until('its end', 'events', (events) => events.some(({ type }) => type === 'destroyed'));

    assert.deepEqual(api.complaints, []);
  },
);

test('an error is shown as the API says it, and a list as it came', options, async () => {
  await using api = await openApi();
  await api.page.selectOption('#command', 'session.get_info');
  await api.page.click('#send');
  await api.until('the reply', 'reply', (reply) => reply?.isOk === false);

  assert.match(await api.fault('reply-fault'), /Session not found[\s\S]*100062 session_not_found/);

  await api.page.selectOption('#command', 'session.get_list');
  await api.page.click('#send');
  const listed = await api.until('the list', 'reply', (reply) => reply?.isOk === true);
  assert.ok(Array.isArray(listed?.message['data']));
});

test('a text that is not JSON cannot be sent and says where it is wrong', options, async () => {
  await using api = await openApi();

  await api.page.fill('#text', '{\n  "class": "media"\n  "cmd": "create"\n}');

  assert.match(await api.page.innerText('#problems'), /Not JSON, line 3, column 3/);
  assert.equal(await api.page.isDisabled('#send'), true);
  await api.page.click('#sample');
  assert.equal(await api.page.innerText('#problems'), '');
  assert.equal(await api.page.isEnabled('#send'), true);
});

test('the copied curl command has the whole text, and runs', options, async () => {
  await using api = await openApi();
  await api.page.selectOption('#command', 'core.core.ping');

  const command = (await api.page.textContent('#curl-command')) ?? '';
  const body = /-d '(.*)'$/.exec(command)?.[1] ?? '';
  const response = await fetch(`http://127.0.0.1:${broker.ports['http']}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

  assert.deepEqual(await response.json(), { result: 'ok' });
  assert.match((await api.page.textContent('#nats-command')) ?? '', /^nats req -s nats:\S+ media\.cmd '/);
});
