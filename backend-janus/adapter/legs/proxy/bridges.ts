import { MediaError, type SessionId } from '#schemas';
import { Table } from '#services/kernel';
import { deferred, type Deferred } from '../deferred.ts';
import type { ProxyCall } from './proxy-call.ts';

/** A proxy that opens: bridges that name it wait for its call. Disposing says that it is gone. */
export interface ExpectedCall extends Disposable {
  found(call: ProxyCall): void;
}

/** The proxies of a backend, by the ids of their sessions: where bridges find their peer. */
export class Bridges {
  readonly #calls = new Table<SessionId, Deferred<ProxyCall>>();

  /** Proxies that are there; zero when nothing leaks. */
  get size(): number {
    return this.#calls.size;
  }

  /** Takes a proxy in until that is disposed. */
  expect(proxy: SessionId): ExpectedCall {
    const call = deferred<ProxyCall>();
    this.#calls.set(proxy, call);
    return {
      found: (found) => call.settle(found),
      [Symbol.dispose]: () => {
        call.fail(new MediaError('peer_stopped'));
        if (this.#calls.get(proxy) === call) this.#calls.delete(proxy);
      },
    };
  }

  /** The proxy's call, once it is there. Rejects with MediaError `incompatible_session` if that session is no proxy. */
  async find(proxy: SessionId): Promise<ProxyCall> {
    const call = this.#calls.get(proxy);
    if (call === undefined) {
      const hint = 'data.peer_id must name a session of type proxy';
      throw new MediaError('incompatible_session', undefined, { hint });
    }
    return call.promise;
  }
}
