import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../interop/support/eventually.ts';
import type { EchoHook, PageState } from '../../services/console/browser/echo/hook.ts';

/** Longest wait for anything on the page. */
const patienceMs = 30_000;

/** What the picture of a `<video>` looks like: brightness from 0 (black) to 255, and how much it varies. */
export interface Picture {
  readonly mean: number;
  readonly deviation: number;
}

/** Drives `/demo/echo` as a user would, and reads what the page knows. It does not know which broker is behind it. */
export class EchoPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  /** What the page threw or logged as an error; empty on a page that works. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens the page of the console at `origin`: `http://127.0.0.1:8080`. */
  static async open(
    browser: Browser,
    origin: string,
    options: BrowserContextOptions = {},
  ): Promise<EchoPage> {
    const context = await browser.newContext(options);
    const echo = new EchoPage(context, await context.newPage());
    await echo.page.goto(`${origin}/demo/echo`);
    return echo;
  }

  /** Presses Start; resolves at once. */
  async start(source: 'devices' | 'test'): Promise<void> {
    await this.page.check(`#source-${source}`);
    await this.page.click('#start');
  }

  /** Presses Start and waits until media may flow. Rejects with what the page shows if it does not come to that. */
  async connect(source: 'devices' | 'test'): Promise<void> {
    await this.start(source);
    await this.until('connected, or ended', async () => {
      const state = await this.state();
      return state.name === 'ended' || (state.name === 'running' && state.media === 'connected');
    });
    if ((await this.state()).name === 'ended') throw new Error(`ended: ${await this.fault()}`);
  }

  async stop(): Promise<void> {
    await this.page.click('#stop');
  }

  /** Presses the mute button: mutes, or unmutes. */
  async toggleMute(kind: 'audio' | 'video' | 'data'): Promise<void> {
    await this.page.click(`#mute-${kind}`);
  }

  /** Bits per second: one of those offered. */
  async chooseBitrate(bitsPerSecond: number): Promise<void> {
    await this.page.selectOption('#bitrate', String(bitsPerSecond));
  }

  async sendMessage(text: string): Promise<void> {
    await this.page.fill('#message', text);
    await this.page.click('#send');
  }

  state(): Promise<PageState> {
    return this.#read('state');
  }

  counters(): Promise<EchoHook['counters']> {
    return this.#read('counters');
  }

  rates(): Promise<EchoHook['rates']> {
    return this.#read('rates');
  }

  events(): Promise<EchoHook['events']> {
    return this.#read('events');
  }

  messages(): Promise<EchoHook['messages']> {
    return this.#read('messages');
  }

  /** The error on show; empty if there is none. */
  async fault(): Promise<string> {
    const box = this.page.locator('#fault');
    return (await box.isVisible()) ? box.innerText() : '';
  }

  /** What comes back, as pixels. */
  picture(): Promise<Picture> {
    return this.page.evaluate<Picture>(pictureOfRemote);
  }

  /** Leaves the page, as a user who closes the tab. */
  async leave(): Promise<void> {
    await this.page.close({ runBeforeUnload: false });
  }

  /** Polls until `holds`. Rejects, naming `what`, when that takes longer than any real page would. */
  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = patienceMs): Promise<void> {
    await eventually(`${what} on /demo/echo`, withinMs, holds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }

  #read<Field extends keyof EchoHook>(field: Field): Promise<EchoHook[Field]> {
    return this.page.evaluate<EchoHook[Field]>(`window.bifrons.${field}`);
  }
}

/** In the browser's words, because Node's compiler does not know a page. */
const pictureOfRemote = `(() => {
  const video = document.getElementById('remote');
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 36;
  const pen = canvas.getContext('2d');
  pen.drawImage(video, 0, 0, 64, 36);
  const { data } = pen.getImageData(0, 0, 64, 36);
  const grey = [];
  for (let at = 0; at < data.length; at += 4) grey.push((data[at] + data[at + 1] + data[at + 2]) / 3);
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const variance = grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length;
  return { mean, deviation: Math.sqrt(variance) };
})()`;
