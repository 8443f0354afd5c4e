import assert from 'node:assert/strict';
import type { Holdings, ProbedBroker } from '../hostile/probed-broker.ts';
import { rounded } from '../hostile/figures.ts';
import { eventually } from '../support/eventually.ts';

/** What may remain of one session, in bytes: of the heap and of what hangs on it, after a full collection. */
const mostBytesPerSession = 0.2 * 1024;

/**
 * What the heap of a process differs by from one look to the next though nothing happened; of a run of few sessions it
 * is more than all of them may leave.
 */
const resolutionBytes = 512 * 1024;

/** From so many on the resolution does not matter, and resident memory tells as much as the heap. */
const manySessions = 50_000;

/** Of resident memory, from the first look, at a tenth of the way, to the last. */
const mostGrowth = 0.15;

/** Descriptors and handles come and go with connections of clients. */
const tolerance = 2;

/** A run of fewer is looked at when it begins and when it ends, a longer one at each tenth of the way. */
const severalLooks = 1_000;

/** Retransmission timers of aborted handshakes run out by themselves. */
const settlingMs = 30_000;

interface Sample {
  /** Sessions so far. */
  readonly sessions: number;
  readonly holdings: Holdings;
}

/** Watches what a broker holds while sessions come and go, and says at the end whether any of them left something. */
export class Endurance {
  readonly #broker: ProbedBroker;
  readonly #before: Holdings;
  readonly #total: number;
  readonly #samples: Sample[] = [];
  readonly #startedAt = performance.now();
  #endedAt = 0;

  /** `before` is what the broker held when it had had no session yet; `total` is how many there will be. */
  constructor(broker: ProbedBroker, before: Holdings, total: number) {
    this.#broker = broker;
    this.#before = before;
    this.#total = total;
  }

  /** Runs `round` for each number below the total, `together` at a time, with nobody on the way while it looks. */
  async run(together: number, round: (number: number) => Promise<void>): Promise<void> {
    const isShort = this.#total < severalLooks;
    const part = isShort ? this.#total : Math.ceil(this.#total / 10);
    if (isShort) await this.#look(0);
    for (let done = 0; done < this.#total;) {
      const end = Math.min(this.#total, done + part);
      let next = done;
      const worker = async (): Promise<void> => {
        while (next < end) await round(next++);
      };
      await Promise.all(Array.from({ length: together }, worker));
      done = end;
      await this.#look(done);
    }
    this.#endedAt = performance.now();
  }

  /** Throws unless nothing is left; gives the figures. */
  async verify(): Promise<Readonly<Record<string, number>>> {
    assert.equal(await this.#broker.sessions(), 0);
    this.#broker.assertSound();
    const { first, last } = this.#ends;
    const heap = this.#slope(({ heapUsed, external }) => heapUsed + external);
    const resident = this.#slope(({ rss }) => rss);
    const sessions = this.#total;
    const most = mostBytesPerSession + (this.#total < manySessions ? resolutionBytes / sessions : 0);
    assert.ok(heap < most, `${heap} bytes remain of each session`);
    if (this.#total >= manySessions) assert.ok(resident < most, `${resident} bytes stay resident of each`);
    const growth = last.holdings.rss / first.holdings.rss - 1;
    assert.ok(growth <= mostGrowth, `resident memory grew by ${100 * growth} %`);
    return {
      sessions: this.#total,
      seconds: rounded((this.#endedAt - this.#startedAt) / 1000),
      heap_slope_bytes: rounded(heap),
      rss_slope_bytes: rounded(resident),
      rss_first_mib: rounded(first.holdings.rss / 2 ** 20),
      rss_end_mib: rounded(last.holdings.rss / 2 ** 20),
      files_before: this.#before.files,
      files_end: last.holdings.files,
    };
  }

  /** Waits until all objects, descriptors and handles of sessions are gone; throws if they stay. */
  async #settle(): Promise<void> {
    await eventually('no object of a session is left', settlingMs, async () => {
      assert.deepEqual(await this.#broker.alive(), {});
      return true;
    });
    await eventually('descriptors and handles are those of before', settlingMs, async () => {
      assertAlike(await this.#broker.holdings(), this.#before);
      return true;
    });
  }

  get #ends(): { readonly first: Sample; readonly last: Sample } {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    assert.ok(first && last);
    return { first, last };
  }

  /** Bytes per session over the last four fifths, or all of a short run; by least squares. */
  #slope(read: (holdings: Holdings) => number): number {
    const late = this.#samples.filter(({ sessions }, at) =>
      at === 0 ? sessions === 0 : sessions >= this.#total / 5,
    );
    const points = late.map(({ sessions, holdings }) => ({ x: sessions, y: read(holdings) }));
    const x = points.reduce((sum, point) => sum + point.x, 0) / points.length;
    const y = points.reduce((sum, point) => sum + point.y, 0) / points.length;
    const over = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
    return over / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  }

  async #look(sessions: number): Promise<void> {
    await this.#settle();
    this.#samples.push({ sessions, holdings: await this.#broker.holdings() });
  }
}

function assertAlike(now: Holdings, before: Holdings): void {
  assert.ok(
    Math.abs(now.files - before.files) <= tolerance,
    `${now.files} descriptors, ${before.files} before`,
  );
  for (const kind of new Set([...Object.keys(now.handles), ...Object.keys(before.handles)])) {
    const [count, was] = [now.handles[kind] ?? 0, before.handles[kind] ?? 0];
    assert.ok(Math.abs(count - was) <= tolerance, `${count} of ${kind}, ${was} before`);
  }
  assert.equal(now.handles['UDPWrap'], before.handles['UDPWrap']);
}
