import { Scope } from '#services/kernel';
import type { JanusSettings } from '../../interop/support/janus-folder.ts';
import { JanusServer } from '../../interop/support/janus-server.ts';
import { fieldsOf } from '../../support/fields.ts';
import { JanusSocket } from '../servers/janus-socket.ts';
import { nothingToFinish, type Door, type Finish } from './door.ts';
import { echoOffer } from './echo-offer.ts';

/** Starts Debian's Janus on one core and opens one connection to its API. */
export async function openJanus(name: string, settings: JanusSettings, core: number): Promise<Door> {
  const scope = new Scope();
  try {
    const server = scope.own(await JanusServer.start(settings, ['taskset', '-c', String(core)]));
    return new JanusDoor(name, server.pid, scope.own(await JanusSocket.open(server.url)), scope);
  } catch (cause) {
    await scope[Symbol.asyncDispose]();
    throw cause;
  }
}

class JanusDoor implements Door {
  readonly name: string;
  readonly pid: number;
  readonly operations = { short: () => this.#keepAlive(), echo: () => this.#echo() };
  readonly #socket: JanusSocket;
  readonly #scope: Scope;
  #known: unknown;

  constructor(name: string, pid: number, socket: JanusSocket, scope: Scope) {
    this.name = name;
    this.pid = pid;
    this.#socket = socket;
    this.#scope = scope;
  }

  async renew(): Promise<Finish> {
    const session = await this.#session();
    this.#known = session;
    return () => this.#destroy(session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  async #keepAlive(): Promise<Finish> {
    await this.#socket.request({ janus: 'keepalive', session_id: this.#known });
    return nothingToFinish;
  }

  /** What a client without anything does for an echo: three requests, each after the reply to the one before. */
  async #echo(): Promise<Finish> {
    const socket = this.#socket;
    const session_id = await this.#session();
    const plugin = 'janus.plugin.echotest';
    const attached = await socket.request({ janus: 'attach', session_id, plugin });
    const handle_id = fieldsOf(attached.get('data')).get('id');
    const jsep = { type: 'offer', sdp: echoOffer };
    const body = { audio: true, video: true };
    const answered = await socket.request({ janus: 'message', session_id, handle_id, body, jsep });
    if (!answered.has('jsep')) throw new Error(`${this.name} gave no answer`);
    return () => this.#destroy(session_id);
  }

  async #session(): Promise<unknown> {
    const created = await this.#socket.request({ janus: 'create' });
    return fieldsOf(created.get('data')).get('id');
  }

  async #destroy(session_id: unknown): Promise<void> {
    await this.#socket.request({ janus: 'destroy', session_id });
  }
}
