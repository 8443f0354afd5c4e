import { every, now, type Stop } from '../clock.ts';
import { byId, make } from '../dom.ts';
import { bitrateText, millisecondsText } from '../format.ts';
import { Plot } from '../plot.ts';
import { countersOf, ratesBetween, type Counters, type Rates } from './counters.ts';
import { factsOf, rowsOf, type RowGroup } from './rows.ts';

const intervalMs = 1000;

/** Two minutes, one sample a second. */
const plotCapacity = 120;

const noRates: Rates = { audioSent: 0, audioReceived: 0, videoSent: 0, videoReceived: 0 };

/** Reads the statistics of a session every second and shows them as table and plots. */
export class Statistics {
  readonly #table = byId('counters', HTMLTableElement);
  readonly #hasData: boolean;
  readonly #facts = byId('facts', HTMLElement);
  readonly #bitratePlot = new Plot(byId('bitrate-plot', HTMLElement), {
    title: 'Bitrate',
    series: [
      { label: 'sent', className: 'series-1' },
      { label: 'received', className: 'series-2' },
    ],
    capacity: plotCapacity,
    floor: 100_000,
    text: bitrateText,
  });
  readonly #roundTripPlot = new Plot(byId('rtt-plot', HTMLElement), {
    title: 'Round-trip time',
    series: [{ label: 'now', className: 'series-1' }],
    capacity: plotCapacity,
    floor: 5,
    text: millisecondsText,
  });
  #stop: Stop = () => undefined;
  #counters: Counters | undefined;
  #rates: Rates | undefined;

  /** `hasData`: the table has a part for the data channel. */
  constructor(hasData: boolean) {
    this.#hasData = hasData;
    this.#show(countersOf([], 0), noRates);
  }

  /** As of the last second. */
  get counters(): Counters | undefined {
    return this.#counters;
  }

  /** As of the last second. */
  get rates(): Rates | undefined {
    return this.#rates;
  }

  /**
   * Starts anew with a session. `read` is given the milliseconds since then; it may reject when the session is over,
   * and that second then has no values.
   */
  follow(read: (atMs: number) => Promise<Counters>): void {
    this.stop();
    this.#counters = undefined;
    this.#rates = undefined;
    this.#bitratePlot.clear();
    this.#roundTripPlot.clear();
    const startedAt = now();
    let isCurrent = true;
    const stopTimer = every(intervalMs, () => {
      read(now() - startedAt).then(
        (counters) => isCurrent && this.#take(counters),
        () => undefined,
      );
    });
    this.#stop = () => {
      isCurrent = false;
      stopTimer();
    };
  }

  /** Leaves the last values on show. */
  stop(): void {
    this.#stop();
  }

  #take(counters: Counters): void {
    const before = this.#counters;
    const rates = before === undefined ? noRates : ratesBetween(before, counters);
    this.#counters = counters;
    this.#rates = rates;
    const totals = [rates.audioSent + rates.videoSent, rates.audioReceived + rates.videoReceived];
    this.#bitratePlot.push(before === undefined ? [] : totals);
    this.#roundTripPlot.push([counters.path.roundTripMs]);
    this.#show(counters, rates);
  }

  #show(counters: Counters, rates: Rates): void {
    for (const body of [...this.#table.tBodies]) body.remove();
    this.#table.append(...rowsOf(counters, rates, this.#hasData).map(bodyOf));
    const facts = factsOf(counters.path).map(({ label, text }) => {
      const fact = make('div');
      fact.append(make('dt', label), make('dd', text));
      return fact;
    });
    this.#facts.replaceChildren(...facts);
  }
}

function bodyOf({ title, rows }: RowGroup): HTMLTableSectionElement {
  const body = make('tbody');
  const heading = make('th', title);
  heading.colSpan = 3;
  heading.scope = 'rowgroup';
  const first = make('tr');
  first.append(heading);
  body.append(first);
  for (const { label, sent, received } of rows) {
    const line = make('tr');
    const name = make('th', label);
    name.scope = 'row';
    line.append(name, make('td', sent), make('td', received));
    body.append(line);
  }
  return body;
}
