import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../../services/transport/admission.ts';

const origins = ['https://app.example.org', 'http://10.0.0.9:3000'];
const local = new Admission({ address: '127.0.0.1', origins });
const open = new Admission({ address: '0.0.0.0', origins: [] });

function isIn(admission: Admission, host?: string, origin?: string): boolean {
  return admission.refusal({ host, origin }) === undefined;
}

test('our own names are served, with any port', () => {
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:9010']) {
    assert.equal(isIn(local, host), true, host);
  }
  assert.equal(isIn(local, undefined), true);
});

test('a name that somebody pointed at us is not', () => {
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.7',
    '',
    '/',
  ]) {
    assert.equal(isIn(local, host), false, host);
  }
});

test('the host of a listed origin is', () => {
  assert.equal(isIn(local, 'app.example.org'), true);
  assert.equal(isIn(local, '10.0.0.9:8080'), true);
});

test('who listens on all addresses is served by any address, not by any name', () => {
  assert.equal(isIn(open, '192.168.1.7:8080'), true);
  assert.equal(isIn(open, '[2001:db8::7]:8080'), true);
  assert.equal(isIn(open, 'evil.example:8080'), false);
  assert.equal(isIn(new Admission({ address: '192.168.1.7', origins: [] }), '192.168.1.7:8080'), true);
});

test('pages of the same host and port may call, and those of listed origins', () => {
  assert.equal(isIn(local, 'localhost:8080', 'http://localhost:8080'), true);
  assert.equal(isIn(local, 'app.example.org', 'https://app.example.org'), true);
  assert.equal(isIn(local, 'localhost:8080', 'https://app.example.org'), true);
});

test('pages from elsewhere may not', () => {
  for (const origin of [
    'http://localhost:8081',
    'http://evil.example',
    'http://app.example.org',
    'null',
    'nonsense',
    '',
  ]) {
    assert.equal(isIn(local, 'localhost:8080', origin), false, origin);
  }
});

test('what is no origin stops the start', () => {
  for (const bad of ['app.example.org', 'chrome-extension://abc', '*', '']) {
    assert.throws(() => new Admission({ address: '127.0.0.1', origins: [bad] }), /is not an origin/, bad);
  }
});
