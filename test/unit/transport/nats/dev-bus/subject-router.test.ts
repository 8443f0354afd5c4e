import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubjectRouter } from '../../../../../services/transport/nats/dev-bus/subject-router.ts';

function routerOf(...patterns: readonly string[]): SubjectRouter<{ pattern: string; queue: undefined }> {
  const router = new SubjectRouter<{ pattern: string; queue: undefined }>();
  for (const pattern of patterns) router.add({ pattern, queue: undefined });
  return router;
}

function matches(pattern: string, subject: string): boolean {
  return routerOf(pattern).match(subject).length === 1;
}

test('a star stands for one token, a last greater-than for one or more', () => {
  assert.equal(matches('a.b', 'a.b'), true);
  assert.equal(matches('a.b', 'a.b.c'), false);
  assert.equal(matches('a.b', 'a'), false);
  assert.equal(matches('a.*', 'a.b'), true);
  assert.equal(matches('a.*', 'a.b.c'), false);
  assert.equal(matches('*.b', 'a.b'), true);
  assert.equal(matches('a.>', 'a.b.c'), true);
  assert.equal(matches('a.>', 'a'), false);
  assert.equal(matches('>', 'a'), true);
  assert.equal(matches('*.>', 'a.b'), true);
  assert.equal(matches('A.b', 'a.b'), false);
});

test('every pattern that matches is found once', () => {
  const router = routerOf('a.b', 'a.*', '*.b', '*.*', 'a.>', '>', 'a.c', 'b.>', 'a.b.c');

  const found = router.match('a.b').map(({ pattern }) => pattern);

  assert.deepEqual(found.toSorted(), ['*.*', '*.b', '>', 'a.*', 'a.>', 'a.b']);
});

test('two entries of one pattern are two, and removing one leaves the other', () => {
  const router = routerOf('a.b');
  const entry = { pattern: 'a.b', queue: undefined };
  router.add(entry);
  router.add(entry);
  assert.equal(router.match('a.b').length, 2);

  router.remove(entry);
  router.remove(entry);
  router.remove({ pattern: 'x.y', queue: undefined });

  assert.equal(router.match('a.b').length, 1);
  assert.equal(router.size, 1);
});

test('names of members of objects are tokens like others', () => {
  assert.equal(matches('__proto__.constructor', '__proto__.constructor'), true);
  assert.deepEqual(routerOf('a').match('__proto__'), []);
});
