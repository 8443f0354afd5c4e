import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LastView } from '../../../backend-janus/srtp/protection/last-view.ts';

test('a view that was just asked for is the same, and sees what is written later', () => {
  const views = new LastView();
  const bytes = Buffer.from('abcdef');

  const view = views.of(bytes, 1, 3);
  bytes.write('xyz', 1);

  assert.equal(views.of(bytes, 1, 3), view);
  assert.equal(view.toString(), 'xy');
});

test('another buffer, start or end is another view', () => {
  const views = new LastView();
  const bytes = Buffer.from('abcdef');
  const asked = [
    views.of(bytes, 1, 3),
    views.of(bytes, 1, 4),
    views.of(bytes, 2, 4),
    views.of(Buffer.from('uvwxyz'), 2, 4),
    views.of(bytes, 2, 4),
  ];

  assert.deepEqual(
    asked.map((view) => view.toString()),
    ['bc', 'bcd', 'cd', 'wx', 'cd'],
  );
});
