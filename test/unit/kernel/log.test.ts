import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogFields } from '#services/kernel';

function logged(fields: LogFields, text = 'text'): string {
  const lines: string[] = [];
  createLog('debug', { node: 'n' }, { write: (line) => lines.push(line) }).info(fields, text);
  return lines.join('');
}

test('what holds credentials is not written, however deep it lies', () => {
  const offer = { sdp: 'hidden', nested: [{ token: 'hidden', password: 'hidden' }] };

  const line = logged({ sdp: 'hidden', request: { data: { offer } }, apiSecret: 'hidden' });

  assert.equal(line.includes('hidden'), false);
  assert.match(line, /"sdp":"\[redacted\]"/);
});

test('passwords and keys are taken out of running text', () => {
  const pwd = 'a=ice-pwd:hiddenHidden123/+';
  const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hiddenHidden123==';

  const line = logged({ err: new Error(`cannot read ${pwd}\r\n${key}`) });

  assert.equal(line.includes('hidden'), false);
  assert.match(line, /ice-pwd:\[redacted\]/);
});

test('a foreign value starts no new line and moves no cursor', () => {
  const line = logged({ user: 'a\r\nb\u001b[2Jc\u009b2Jd\u2028e' });

  assert.equal(line.trimEnd().includes('\n'), false);
  assert.equal(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]/.test(line), false);
  const parsed: unknown = JSON.parse(line);
  assert.equal(
    typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, 'user'),
    'a\r\nb\u001b[2Jc\u009b2Jd\u2028e',
  );
});

test('a child adds its fields, and a level that is off writes nothing', () => {
  const lines: string[] = [];
  const log = createLog('warn', {}, { write: (line) => lines.push(line) }).child({ session_id: 's' });

  log.info({}, 'quiet');
  log.warn({}, 'loud');

  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"session_id":"s"/);
});

test('objects that hold themselves end', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;

  assert.match(logged({ loop }), /"loop"/);
});
