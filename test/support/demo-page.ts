import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from '../interop/support/eventually.ts';

/** Longest wait for anything on a page. */
const patienceMs = 30_000;

/** Drives one page of the console as a user would; `Hook` is what its `window.bifrons` tells. */
export class DemoPage<Hook> implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #path: string;
  /** What the page threw or logged as an error; empty on a page that works. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, path: string) {
    this.#context = context;
    this.#path = path;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens `path` of the console at `origin`: `http://127.0.0.1:8080`. */
  static async open<Hook>(browser: Browser, origin: string, path: string): Promise<DemoPage<Hook>> {
    const context = await browser.newContext();
    const demo = new DemoPage<Hook>(context, await context.newPage(), path);
    await demo.page.goto(origin + path);
    return demo;
  }

  /** What the page knows. */
  read<Field extends keyof Hook & string>(field: Field): Promise<Hook[Field]> {
    return this.page.evaluate<Hook[Field]>(`window.bifrons.${field}`);
  }

  /** Polls until `holds` of that field. Rejects, naming `what`, when that takes longer than any real page would. */
  async until<Field extends keyof Hook & string>(
    what: string,
    field: Field,
    holds: (value: Hook[Field]) => boolean,
  ): Promise<Hook[Field]> {
    return eventually(`${what} on ${this.#path}`, patienceMs, async () => {
      const value = await this.read(field);
      if (!holds(value)) throw new Error(`it shows ${await this.shown()}`);
      return { value };
    }).then(({ value }) => value);
  }

  /** The error on show; empty if there is none. */
  async fault(id = 'fault'): Promise<string> {
    const box = this.page.locator(`#${id}`);
    return (await box.isVisible()) ? box.innerText() : '';
  }

  /** Status and error, for failures of tests. */
  async shown(): Promise<string> {
    return `${await this.page.innerText('#status')} ${await this.fault()}`;
  }

  /** The mean colour of what comes back, or of what is sent: red, green, blue, each 0 to 255. */
  colour(of: 'remote' | 'local' = 'remote'): Promise<readonly number[]> {
    return this.page.evaluate<number[]>(`(${meanColour})('${of}')`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/** In the browser's words, because Node's compiler does not know a page. */
const meanColour = `(id) => {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const pen = canvas.getContext('2d');
  pen.drawImage(document.getElementById(id), 0, 0, 32, 18);
  const { data } = pen.getImageData(0, 0, 32, 18);
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) sums[at % 4] += data[at];
  return sums.map((sum) => sum / (32 * 18));
}`;

/** How far two colours are apart, 0 to 255. */
export function colourDistance(one: readonly number[], other: readonly number[]): number {
  return Math.max(...one.map((value, index) => Math.abs(value - (other[index] ?? 0))));
}
