import assert from 'node:assert/strict';
import test from 'node:test';
import { caseNames, readArguments } from '../../bench/arguments.ts';

test('without arguments everything is measured, server and load on a core each', () => {
  const options = readArguments([]);

  assert.deepEqual(options.cases, caseNames);
  assert.deepEqual(options.cores, [0, 1]);
  assert.deepEqual([options.isQuick, options.isReportOnly, options.isAlone], [false, false, false]);
});

test('cases keep their order, sizes grow', () => {
  const options = readArguments(['--case', 'memory', '--case', 'forwarding', '--size', '50', '--size', '10']);

  assert.deepEqual(options.cases, ['forwarding', 'memory']);
  assert.deepEqual(options.sizes, [10, 50]);
});

test('what cannot be meant is refused', () => {
  for (const args of [
    ['--case', 'everything'],
    ['--cores', '0'],
    ['--cores', '0,1,2'],
    ['--cores', '0,x'],
    ['--size', '0'],
    ['--size', 'many'],
    ['--unknown'],
  ])
    assert.throws(() => readArguments(args), TypeError, args.join(' '));
});
