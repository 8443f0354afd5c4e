import assert from 'node:assert/strict';
import { webSocketClient, type WebSocketClient } from '../../transport/web-socket-client.ts';
import { fieldsOf, textOf, type Fields, type Heard } from '../../support/nats-caller.ts';
import type { Caller } from './caller.ts';

/** An application server that gives commands over one WebSocket, and hears all events on it. */
export class WebSocketCaller implements Caller {
  readonly #client: WebSocketClient;
  #asked = 0;

  private constructor(client: WebSocketClient) {
    this.#client = client;
  }

  /** Connects, logs in and subscribes to everything. */
  static async connect(port: number): Promise<WebSocketCaller> {
    const caller = new WebSocketCaller(await webSocketClient(`ws://127.0.0.1:${port}/`));
    await caller.command('core.user.login', { user: 'appendix-c' });
    await caller.command('core.event.subscribe', { class: 'media' });
    return caller;
  }

  async ask(name: string, data: object): Promise<Fields> {
    const [area, subclass, cmd] = name.startsWith('core.') ? name.split('.') : ['media', ...name.split('.')];
    this.#asked += 1;
    const request = { class: area, subclass, cmd, tid: this.#asked, data };
    return fieldsOf(await this.#client.request(JSON.stringify(request)));
  }

  async command(name: string, data: object): Promise<Fields> {
    const reply = await this.ask(name, data);
    assert.equal(reply['result'], 'ok', JSON.stringify(reply));
    return reply['data'] === undefined ? {} : fieldsOf(reply['data']);
  }

  /** How often the broker said that a reply takes longer. */
  get acks(): number {
    return this.#client.acks.length;
  }

  eventsOf(id: string): readonly Heard[] {
    return this.#client.events.flatMap((event) => heardOf(fieldsOf(event), id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}

function heardOf(fields: Fields, id: string): Heard[] {
  const { obj_id, seq } = fields;
  if (obj_id !== id || typeof seq !== 'number') return [];
  const body = fields['body'] === undefined ? {} : fieldsOf(fields['body']);
  return [{ type: textOf(fields, 'type'), obj_id: id, seq, body }];
}
