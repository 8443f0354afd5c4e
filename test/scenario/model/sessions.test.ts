import { test } from 'node:test';
import { create } from './commands/create.ts';
import {
  bug,
  destroy,
  hear,
  leave,
  loseMedia,
  losePeer,
  openLease,
  pass,
  useLease,
} from './commands/life.ts';
import { link, unlink } from './commands/links.ts';
import { cancel, getDescription, setAnswer, setType, trickle, updateMedia } from './commands/negotiate.ts';
import { runModel } from './run-model.ts';

test('sessions live, negotiate, end and follow one another as the reference says, and leave nothing', async () => {
  const makings = [create('p2p'), create('echo', 'park'), create('proxy'), create('bridge')];
  const talking = [setAnswer, setAnswer, getDescription, cancel, trickle, trickle, updateMedia, setType];
  const lives = [destroy, leave, openLease, useLease, pass, hear, loseMedia, losePeer, bug];

  await runModel([...makings, ...makings, ...talking, link, unlink, ...lives], 6000);
});

test('linked sessions share answers and candidates as the reference says, and leave nothing', async () => {
  const makings = [create('p2p'), create('p2p'), create('p2p', 'proxy', 'bridge', 'echo')];

  await runModel([...makings, setAnswer, trickle, trickle, link, unlink, destroy], 4000);
});
