import type { Browser, BrowserContext, Page } from 'playwright-core';
import { pageScript } from './chromium-script.ts';

/** A channel that a peer opens, with the options of `createDataChannel`. */
export interface ChannelWish {
  readonly label: string;
  readonly ordered?: boolean;
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
}

/** What a page sends. */
export interface ChromiumMedia {
  readonly audio?: boolean;
  readonly video?: boolean;
  /** Simulcast layers from high to low, each half as wide as the one before. */
  readonly rids?: readonly string[];
  readonly channels?: readonly ChannelWish[];
}

/** What a page sees and hears. */
export interface ChromiumSight {
  readonly state: string;
  /** Pictures decoded, by the receiver's own count. */
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** Like `video/VP8`, in lower case. */
  readonly videoCodec: string;
  /** The strongest tone; 0 in silence. */
  readonly toneHz: number;
  /** Samples played, and how many of them were invented to hide losses. */
  readonly samples: number;
  readonly concealed: number;
  /** RTP packets that came. */
  readonly packets: { readonly audio: number; readonly video: number };
  readonly packetsLost: number;
  /** The middle pixel of what is shown: red, green, blue. */
  readonly pixel: readonly number[];
}

/** A page with one peer connection that sends a tone of 440 Hz and a moving picture of 640 x 360, with simulcast of 1280 x 720. */
export class ChromiumPeer implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  static async open(browser: Browser, media: ChromiumMedia): Promise<ChromiumPeer> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.evaluate(pageScript);
    const peer = new ChromiumPeer(context, page);
    await peer.#call('open', media);
    return peer;
  }

  /** Its offer, with all candidates. */
  offer(options: { readonly iceRestart?: boolean } = {}): Promise<string> {
    return this.#call('offer', options);
  }

  /** Its answer, with all candidates. */
  answer(offer: string): Promise<string> {
    return this.#call('answer', offer);
  }

  async accept(answer: string): Promise<void> {
    await this.#call('accept', answer);
  }

  /** Adds a moving picture; an offer follows. */
  async addVideo(): Promise<void> {
    await this.#call('addVideo', null);
  }

  /** Stops the m-line; an offer follows. */
  async stop(mid: string): Promise<void> {
    await this.#call('stop', mid);
  }

  look(): Promise<ChromiumSight> {
    return this.#call('look', null);
  }

  /** The strongest tone, looked at 20 times a second since the last call; the first call begins to listen. */
  heardTones(): Promise<readonly number[]> {
    return this.#call('heardTones', null);
  }

  /** The pair of candidates that it sends on. */
  way(): Promise<string> {
    return this.#call('way', null);
  }

  /** The channels that were opened to it; what comes on them it sends back. */
  opened(): Promise<readonly ChannelWish[]> {
    return this.#call('opened', null);
  }

  /** Sends so many random bytes on a channel and says whether the same came back. */
  echoes(label: string, size: number): Promise<boolean> {
    return this.#call('echoes', { label, size });
  }

  /** The longest time without a new picture since the last call, in ms, up to now. */
  longestFreeze(): Promise<number> {
    return this.#call('longestFreeze', null);
  }

  /** Closes the connection, as a page that leaves. */
  async close(): Promise<void> {
    await this.#call('close', null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }

  #call<Result>(name: string, argument: unknown): Promise<Result> {
    return this.page.evaluate<Result>(`window.peer.${name}(${JSON.stringify(argument)})`);
  }
}
