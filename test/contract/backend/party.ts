import { sessionId, type Answer } from '#schemas';
import type { LegEvent, LegOperation, LegRequest, MediaLeg } from '#services/session';
import type { BackendBench, BackendClient } from './subject.ts';

/** One session's leg, its client, and what the leg said. */
export class Party implements AsyncDisposable {
  readonly events: LegEvent[] = [];
  readonly client: BackendClient;
  readonly #bench: BackendBench;
  readonly #leg: MediaLeg;
  #operations = 1;

  constructor(bench: BackendBench, id: string, request: Partial<LegRequest>, client = bench.client()) {
    this.#bench = bench;
    this.client = client;
    const whole = { operation: 1, type: 'echo', role: 'offeree', media: {}, ...request } as const;
    const hear = (event: LegEvent): void => void this.events.push(event);
    this.#leg = bench.backend.open({ ...whole, sessionId: sessionId(id) }, hear);
  }

  /** One whose client offers: an echo, a proxy, a publisher. */
  static async offering(bench: BackendBench, id: string, request: Partial<LegRequest> = {}): Promise<Party> {
    const client = bench.client();
    return new Party(bench, id, { offer: { sdp: await client.offer() }, ...request }, client);
  }

  /** The outcomes, types and ends that it told, in words. */
  get said(): readonly string[] {
    return this.events.flatMap((event) => words(event) ?? []);
  }

  /** The description that it opened with; empty before that. */
  get sdp(): string {
    const done = this.#outcome(1);
    return done?.type === 'done' ? (done.local?.sdp ?? '') : '';
  }

  says(text: string): Promise<void> {
    const what = (): string => `${text}, not ${this.said.join(', ')}`;
    return this.#bench.until(what, () => this.said.includes(text));
  }

  /** Asks, and does not wait; the number of the operation. */
  request(what: LegOperation): number {
    this.#operations += 1;
    this.#leg.request(this.#operations, what);
    return this.#operations;
  }

  /** Asks; resolves with `done`, or with the name of the error. */
  async ask(what: LegOperation): Promise<string> {
    const operation = this.request(what);
    const text = (): string => `an outcome of ${what.type}`;
    await this.#bench.until(text, () => this.#outcome(operation) !== undefined);
    const outcome = this.#outcome(operation);
    return outcome?.type === 'failed' ? outcome.error.code : 'done';
  }

  /** Asks for counters; resolves with them. */
  async stats(): Promise<object | undefined> {
    await this.ask({ type: 'stats' });
    const outcome = this.#outcome(this.#operations);
    return outcome?.type === 'done' ? outcome.result : undefined;
  }

  /** The client answers the backend's offer. */
  async answer(more: Partial<Answer> = {}): Promise<string> {
    await this.says('done 1');
    return await this.ask({ type: 'accept', answer: { sdp: await this.client.answer(this.sdp), ...more } });
  }

  /** The client takes the backend's answer. */
  async accept(): Promise<void> {
    await this.says('done 1');
    await this.client.accept(this.sdp);
  }

  /** Its connection is there, where there is one. */
  async isUp(): Promise<void> {
    if (!this.#bench.hasMedia) return;
    await this.#bench.until(
      () => `media_up, not ${this.said.join(', ')}`,
      () => this.client.isUp && this.events.some(({ type }) => type === 'media_up'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leg[Symbol.asyncDispose]();
  }

  #outcome(operation: number): Extract<LegEvent, { type: 'done' | 'failed' }> | undefined {
    return this.events
      .filter((event) => event.type === 'done' || event.type === 'failed')
      .find((event) => event.operation === operation);
  }
}

function words(event: LegEvent): string | undefined {
  if (event.type === 'done') return `done ${event.operation}`;
  if (event.type === 'failed') return `failed ${event.operation} ${event.error.code}`;
  if (event.type === 'type') return `type ${[event.sessionType, ...valuesOf(event.ext)].join(' ')}`;
  if (event.type === 'gone') return `gone ${event.reason}`;
  return event.type === 'peer_left' ? 'peer_left' : undefined;
}

function valuesOf(ext: object): readonly string[] {
  return Object.values(ext).map(String);
}
