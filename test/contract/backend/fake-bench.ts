import { MediaError } from '#schemas';
import { FakeBackend, type FakeLeg } from '../../support/fake-backend.ts';
import { settle } from '../../support/fake-clock.ts';
import type { BackendBench, BackendClient } from './subject.ts';

const bad = 'bad';

/** A client without a stack, known by its descriptions. */
class FakeClient implements BackendClient {
  readonly isUp = true;
  readonly #backend: FakeBackend;
  readonly #sdp: string;

  constructor(backend: FakeBackend, sdp: string) {
    this.#backend = backend;
    this.#sdp = sdp;
  }

  offer(): Promise<string> {
    return Promise.resolve(this.#sdp);
  }

  accept(): Promise<void> {
    return Promise.resolve();
  }

  answer(): Promise<string> {
    return Promise.resolve(this.#sdp);
  }

  hangUp(): void {
    this.#backend.legs.find((leg) => this.#isOf(leg))?.hangUp('normal_termination');
  }

  #isOf({ opened, asked }: FakeLeg): boolean {
    if (opened.offer?.sdp === this.#sdp) return true;
    return asked.some((what) => what.type === 'accept' && what.answer.sdp === this.#sdp);
  }
}

/** The fake of the broker's tests. */
export function fakeBench(): Promise<BackendBench> {
  const backend = new FakeBackend();
  const open = backend.open.bind(backend);
  backend.open = (request, onEvent) => {
    backend.failure = request.offer?.sdp === bad ? new MediaError('invalid_sdp') : undefined;
    return open(request, onEvent);
  };
  let clients = 0;
  return Promise.resolve({
    ...{ backend, bad, hasMedia: false },
    client: () => {
      clients += 1;
      return new FakeClient(backend, `v=0 client ${clients}`);
    },
    until: untilSettled,
    quiet: settle,
    flow: () => Promise.reject(new RangeError('a fake has no media')),
    remains: () => backend.rooms.size,
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  });
}

/** As `BackendBench.until`, where nothing takes time. */
export async function untilSettled(what: () => string, isSo: () => boolean): Promise<void> {
  // A promise that settles may begin something that ends in the next turn of the loop.
  for (let turns = 0; turns < 5 && !isSo(); turns += 1) await settle();
  if (!isSo()) throw new Error(`it did not come: ${what()}`);
}
