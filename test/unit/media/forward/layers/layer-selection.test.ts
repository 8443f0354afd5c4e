import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayerSelection, type LayerState, type LayerTarget } from '#janus/media';

/** Layers of a camera that flow at given rates, in bit/s; half of each are its lowest temporal layer. */
class Camera {
  readonly selection = new LayerSelection();
  now = 10_000;
  readonly #layers: { layer: number; lastAt: number; flowsSince: number; rate: number }[];

  constructor(...rates: readonly number[]) {
    this.#layers = rates.map((rate, layer) => ({ layer, lastAt: this.now, flowsSince: 0, rate }));
  }

  want(target: LayerTarget): this {
    this.selection.target = target;
    return this;
  }

  /** Lets time pass in which all layers flow but those named; gives the layer that is chosen then. */
  pass(ms: number, silent: readonly number[] = []): number | undefined {
    let chosen: LayerState | undefined;
    for (const end = this.now + ms; this.now < end;) {
      this.now += 50;
      for (const layer of this.#layers) if (!silent.includes(layer.layer)) this.#flow(layer);
      chosen = this.selection.choose(this.states(), this.now);
    }
    return chosen?.layer;
  }

  states(): readonly LayerState[] {
    return this.#layers.map(({ layer, lastAt, flowsSince, rate }) => ({
      ...{ layer, lastAt, flowsSince },
      bitsPerSecond: (limit) => (limit === 0 ? rate / 2 : rate),
    }));
  }

  setRate(layer: number, rate: number): void {
    for (const one of this.#layers) if (one.layer === layer) one.rate = rate;
  }

  #flow(layer: { lastAt: number; flowsSince: number }): void {
    if (this.now - layer.lastAt > 250) layer.flowsSince = this.now;
    layer.lastAt = this.now;
  }
}

function camera(): Camera {
  return new Camera(150_000, 500_000, 1_500_000);
}

test('the highest layer is chosen, or the one that is wanted at most', () => {
  assert.equal(camera().pass(50), 2);
  assert.equal(camera().want({ substream: 1 }).pass(50), 1);
  assert.equal(new Camera(150_000).want({ substream: 2 }).pass(50), 0);
});

test('a silent layer gives way to the next below and returns with its first packet', () => {
  const one = camera();
  one.pass(100);

  const chosen = [
    one.pass(250, [2]),
    one.pass(50, [2]),
    one.pass(300, [1, 2]),
    one.pass(50, [1]),
    one.pass(50),
  ];

  assert.deepEqual(chosen, [2, 1, 0, 2, 2]);
});

test('the pause that a layer may make is what was asked for', () => {
  const one = camera().want({ fallbackMs: 600 });
  one.pass(100);

  assert.deepEqual([one.pass(600, [2]), one.pass(50, [2])], [2, 1]);
});

test('nothing is silent while nothing flows, as with a still picture', () => {
  const one = camera();
  one.pass(100);
  one.pass(2000, [0, 1, 2]);

  assert.equal(one.pass(50, [1, 2]), 2);
  assert.equal(one.pass(50), 2);
});

test('where only higher layers flow than wanted, the lowest of them is better than none', () => {
  const one = camera().want({ substream: 0 });
  one.pass(100);

  assert.equal(one.pass(400, [0]), 1);
  assert.equal(one.pass(50), 0);
});

test('without layers there is nothing to choose', () => {
  const none: readonly LayerState[] = [];

  assert.equal(new LayerSelection().choose(none, 0), undefined);
});

test('what the way cannot carry is left, the lowest layer never', () => {
  const one = camera();
  one.pass(100);
  one.selection.bandwidth = 600_000;
  assert.equal(one.pass(50), 1);

  one.selection.bandwidth = 100_000;
  assert.equal(one.pass(50), 0);
  assert.equal(one.selection.temporal, 0);
  one.selection.bandwidth = 10_000;
  assert.equal(one.pass(1000), 0);
});

test('a peak that is over soon changes nothing', () => {
  const one = camera().want({ mostBitsPerSecond: 1_600_000 });
  one.pass(1000);
  one.setRate(2, 1_900_000);
  assert.equal(one.pass(300), 2);
  one.setRate(2, 1_500_000);

  assert.equal(one.pass(1000), 2);
});

test('a higher layer returns once there has been room for it for two seconds', () => {
  const one = camera();
  one.pass(100);
  one.selection.bandwidth = 600_000;
  one.pass(1000);
  one.selection.bandwidth = 1_600_000;
  assert.equal(one.pass(2000), 1);

  one.selection.bandwidth = 2_000_000;
  assert.equal(one.pass(50), 2);
});

test('a way that is not full is tried with more, and ever more rarely if that fails', () => {
  const one = camera();
  one.pass(100);
  one.selection.bandwidth = 200_000;
  one.pass(50);
  const triedAt: number[] = [];
  for (const start = one.now; one.now - start < 60_000;) {
    one.selection.bandwidth = 230_000;
    const layer = one.pass(50);
    if (layer === 1) triedAt.push(Math.round((one.now - start) / 1000));
  }

  const tries = [...new Set(triedAt)];
  assert.ok(tries.length >= 2 && tries.length <= 6, tries.join());
});

test('an estimate that rises with what is sent leads back to the top', () => {
  const one = camera();
  one.pass(100);
  one.selection.bandwidth = 120_000;
  one.pass(50);
  const rates = [150_000, 500_000, 1_500_000];
  for (const start = one.now; one.now - start < 60_000;) {
    const layer = one.pass(50) ?? 0;
    one.selection.bandwidth = 1.5 * (rates[layer] ?? 0);
  }

  assert.equal(one.pass(50), 2);
});
