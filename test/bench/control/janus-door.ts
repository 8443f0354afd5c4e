import { fieldsOf } from '../../support/fields.ts';
import type { JanusSettings } from '../servers/janus-folder.ts';
import { JanusProcess } from '../servers/janus-process.ts';
import { nothingToFinish, type Door, type Finish } from './door.ts';
import { echoOffer } from './echo-offer.ts';

/** Starts Debian's Janus on one core and opens one connection to its API. */
export async function openJanus(name: string, settings: JanusSettings, core: number): Promise<Door> {
  return new JanusDoor(name, await JanusProcess.start(name, settings, core));
}

class JanusDoor implements Door {
  readonly name: string;
  readonly pid: number;
  readonly operations = { short: () => this.#keepAlive(), echo: () => this.#echo() };
  readonly #process: JanusProcess;
  #known: unknown;

  constructor(name: string, process: JanusProcess) {
    this.name = name;
    this.pid = process.pid;
    this.#process = process;
  }

  async renew(): Promise<Finish> {
    const session = await this.#session();
    this.#known = session;
    return () => this.#destroy(session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #keepAlive(): Promise<Finish> {
    await this.#process.socket.request({ janus: 'keepalive', session_id: this.#known });
    return nothingToFinish;
  }

  /** What a client without anything does for an echo: three requests, each after the reply to the one before. */
  async #echo(): Promise<Finish> {
    const { socket } = this.#process;
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
    const created = await this.#process.socket.request({ janus: 'create' });
    return fieldsOf(created.get('data')).get('id');
  }

  async #destroy(session_id: unknown): Promise<void> {
    await this.#process.socket.request({ janus: 'destroy', session_id });
  }
}
