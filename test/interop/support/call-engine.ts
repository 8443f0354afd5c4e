import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { createLog, Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { Engine, type EngineCounts } from '../../../backend-janus/engine.ts';
import { member } from '../../support/janus-handle.ts';
import { eventually } from './eventually.ts';

/** A user of the videocall of an engine, by the Janus API. */
export class EngineUser {
  readonly #told: object[] = [];
  readonly #receive: (message: object) => void;
  readonly #handle: { readonly session_id: number; readonly handle_id: number };
  #asked = 0;

  private constructor(told: object[], receive: (message: object) => void, ids: EngineUser['ids']) {
    this.#told = told;
    this.#receive = receive;
    this.#handle = ids;
  }

  get ids(): { readonly session_id: number; readonly handle_id: number } {
    return this.#handle;
  }

  static async join(engine: Engine, username: string): Promise<EngineUser> {
    const told: object[] = [];
    const client = engine.door.connect((message) => told.push(message));
    const idOf = (transaction: string): Promise<number> =>
      eventually(`a reply to ${transaction}`, 5000, () => {
        const id = member(
          told.find((message) => member(message, 'transaction') === transaction),
          'data',
          'id',
        );
        return typeof id === 'number' && id;
      });
    client.receive({ janus: 'create', transaction: 'create' });
    const session_id = await idOf('create');
    client.receive({
      janus: 'attach',
      transaction: 'attach',
      session_id,
      plugin: 'janus.plugin.videocall',
    });
    const handle_id = await idOf('attach');
    const user = new EngineUser(told, (message) => client.receive(message), { session_id, handle_id });
    user.ask({ request: 'register', username });
    await user.event('registered');
    return user;
  }

  ask(body: object, jsep?: object): void {
    this.#asked += 1;
    const transaction = `t${this.#asked}`;
    this.#receive({ janus: 'message', transaction, ...this.#handle, body, ...(jsep && { jsep }) });
  }

  /** The description that comes with a result, once it is there; empty if it has none. */
  async event(name: string): Promise<string> {
    const told = await eventually(`${name} is told`, 10_000, () =>
      this.#told.find((message) => member(message, 'plugindata', 'data', 'result', 'event') === name),
    );
    const sdp = member(told, 'jsep', 'sdp');
    return typeof sdp === 'string' ? sdp : '';
  }

  /** The gateway's own word for the end of the peer connection. */
  async hungUp(): Promise<void> {
    await eventually('the connection is gone', 10_000, () =>
      this.#told.some((message) => member(message, 'janus') === 'hangup'),
    );
  }

  /** Counters of its connection. */
  async stats(): Promise<unknown> {
    const before = this.#told.length;
    this.ask({ bifrons: { request: 'stats' } });
    const path = ['plugindata', 'data', 'bifrons', 'stats'];
    return await eventually('the counters', 5000, () =>
      this.#told
        .slice(before)
        .map((message) => member(message, ...path))
        .find((stats) => stats !== undefined),
    );
  }
}

/** A peer that can be called, of whatever stack. */
export interface CallingPeer {
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
}

/** An engine in this process on a real UDP socket, for calls between users. */
export class CallEngine implements AsyncDisposable {
  readonly engine: Engine;
  readonly #scope: Scope;

  private constructor(engine: Engine, scope: Scope) {
    this.engine = engine;
    this.#scope = scope;
  }

  static async open(): Promise<CallEngine> {
    const clock = systemClock;
    const random = systemRandom;
    const scope = new Scope();
    const parts = { clock, random, sockets: new UdpSocketFactory(clock), srtp: srtpContexts };
    const options = { local: { address: '127.0.0.1', port: 0 }, announcedAddresses: [] };
    const peerConnections = scope.own(await WebRtc.open(parts, options));
    const log = createLog('silent', {});
    const engine = scope.own(new Engine('test-0', { clock, random, log, peerConnections }));
    return new CallEngine(engine, scope);
  }

  /** Alice, who made `offer`, calls Bob: both are given what they have to know of each other. */
  async call(
    alice: CallingPeer,
    bob: CallingPeer,
    offer: string,
  ): Promise<readonly [EngineUser, EngineUser]> {
    const [caller, callee] = [
      await EngineUser.join(this.engine, 'alice'),
      await EngineUser.join(this.engine, 'bob'),
    ];
    caller.ask({ request: 'call', username: 'bob' }, { type: 'offer', sdp: offer });
    const answer = await bob.answer(await callee.event('incomingcall'));
    callee.ask({ request: 'accept' }, { type: 'answer', sdp: answer });
    await alice.accept(await caller.event('accepted'));
    return [caller, callee];
  }

  get counts(): EngineCounts {
    return this.engine.counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}
