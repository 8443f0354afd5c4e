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
import { getDescription, setAnswer, setType, trickle, updateMedia } from './commands/negotiate.ts';
import { createRoom, destroyRoom, loseRoom, sayInRoom } from './commands/rooms.ts';
import { runModel } from './run-model.ts';

test('rooms, and publishers and listeners in them, live and end as the reference says, and leave nothing', async () => {
  const makings = [create('publish'), create('publish'), create('listen'), create('listen'), create('p2p')];
  const rooms = [createRoom, createRoom, destroyRoom, sayInRoom, loseRoom];
  const talking = [setAnswer, setType, setType, getDescription, trickle, updateMedia, link, unlink];
  const lives = [destroy, leave, openLease, useLease, pass, hear, loseMedia, losePeer, bug];

  await runModel([...makings, ...makings, ...rooms, ...talking, ...lives], 5000);
});
