import { make } from './dom.ts';
import { linePath, niceCeiling } from './plot-scale.ts';

/** One line of a plot. */
export interface Series {
  readonly label: string;
  /** As in the style sheet: `series-1`, `series-2`. */
  readonly className: string;
}

/** What a plot shows. */
export interface PlotOptions {
  readonly title: string;
  readonly series: readonly Series[];
  /** Samples shown; older ones are dropped. */
  readonly capacity: number;
  /** The axis never ends below it. */
  readonly floor: number;
  /** A value as text, for axis and legend. */
  readonly text: (value: number | undefined) => string;
}

const field = { width: 600, height: 120 };
const svgNamespace = 'http://www.w3.org/2000/svg';

/** Lines over time in a `<figure>`: legend with the newest values, axis from 0 to a round number. */
export class Plot {
  readonly #options: PlotOptions;
  readonly #values: (number | undefined)[][];
  readonly #paths: readonly SVGPathElement[];
  readonly #legend: readonly HTMLElement[];
  readonly #ceiling = make('span', '', 'plot-ceiling');
  readonly #svg = document.createElementNS(svgNamespace, 'svg');

  constructor(figure: HTMLElement, options: PlotOptions) {
    this.#options = options;
    this.#values = options.series.map(() => []);
    this.#paths = options.series.map(({ className }) => svgPath(`plot-line ${className}`));
    this.#legend = options.series.map(() => make('b'));
    this.#svg.setAttribute('viewBox', `0 0 ${field.width} ${field.height}`);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    this.#svg.setAttribute('role', 'img');
    this.#svg.append(gridLine(), ...this.#paths);
    const frame = make('div', '', 'plot-field');
    frame.append(this.#ceiling, this.#svg, make('span', '0', 'plot-floor'));
    figure.append(this.#caption(), frame);
    this.#draw();
  }

  /** Adds one value for each series, in their order; undefined leaves a gap. */
  push(values: readonly (number | undefined)[]): void {
    this.#values.forEach((line, index) => {
      line.push(values[index]);
      if (line.length > this.#options.capacity) line.shift();
    });
    this.#draw();
  }

  /** Forgets all values. */
  clear(): void {
    for (const line of this.#values) line.length = 0;
    this.#draw();
  }

  #caption(): HTMLElement {
    const caption = make('figcaption');
    caption.append(make('span', this.#options.title, 'plot-title'));
    this.#options.series.forEach(({ label, className }, index) => {
      const entry = make('span', '', `plot-key ${className}`);
      entry.append(make('i'), `${label} `, this.#legend[index] ?? '');
      caption.append(entry);
    });
    return caption;
  }

  #draw(): void {
    const { capacity, floor, text, title, series } = this.#options;
    const known = this.#values.flat().filter((value) => value !== undefined);
    const ceiling = niceCeiling(Math.max(0, ...known), floor);
    this.#ceiling.textContent = text(ceiling);
    this.#paths.forEach((path, index) => {
      path.setAttribute('d', linePath(this.#values[index] ?? [], capacity, ceiling, field));
    });
    const newest = this.#values.map((line) => text(line.at(-1)));
    this.#legend.forEach((entry, index) => (entry.textContent = newest[index] ?? ''));
    const summary = series.map(({ label }, index) => `${label} ${newest[index] ?? ''}`).join(', ');
    this.#svg.setAttribute('aria-label', `${title} over the last ${capacity} seconds. Now: ${summary}.`);
  }
}

function svgPath(className: string): SVGPathElement {
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('class', className);
  return path;
}

function gridLine(): SVGPathElement {
  const path = svgPath('plot-grid');
  path.setAttribute('d', `M0 ${field.height / 2}H${field.width}`);
  return path;
}
