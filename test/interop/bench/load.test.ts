import assert from 'node:assert/strict';
import test from 'node:test';
import { Stage } from '../../bench/cases/stage.ts';
import { beacon, fastVideo, type StreamShape } from '../../bench/load/stream.ts';
import { BifronsContestant } from '../../bench/servers/bifrons.ts';
import { eventually } from '../support/eventually.ts';

const slowVideo: StreamShape = { ...fastVideo, packetsPerSecond: 100 };

for (const shape of [beacon, slowVideo])
  test(`the load of the bench gets all ${shape.kind} through our server`, async () => {
    await using stage = await Stage.open(await BifronsContestant.start('127.0.0.1', 0, []), shape);
    const { publisher, subscribers } = stage;
    await stage.growTo(3);
    publisher.start();
    await Promise.all(subscribers.map(({ flowing }) => flowing));
    await eventually('a second of media', 20_000, () => publisher.sent >= shape.packetsPerSecond);
    publisher.stop();
    await stage.drain();
    const [before, sent] = [stage.received, publisher.sent];

    publisher.start();
    await eventually('another second of media', 20_000, () => publisher.sent >= 2 * sent);
    publisher.stop();
    await stage.drain();

    assert.equal(stage.received - before, 3 * (publisher.sent - sent));
    assert.equal(stage.failures, 0);
  });
