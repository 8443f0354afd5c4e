import assert from 'node:assert/strict';
import { connect, headers, type NatsConnection } from 'nats';

/** Fields of a JSON object that nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** An event as it arrives on its subject. */
export interface Heard {
  readonly type: string;
  readonly obj_id: string;
  readonly seq: number;
  readonly body: Fields;
}

/** An application server: gives commands by NATS request and hears all events. */
export class NatsCaller implements AsyncDisposable {
  readonly events: Heard[] = [];
  readonly connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    connection.subscribe('media.event.>', {
      callback: (_error, message) => this.events.push(heard(fieldsOf(JSON.parse(message.string())))),
    });
  }

  static async connect(port: number): Promise<NatsCaller> {
    const options = { servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 100 };
    const caller = new NatsCaller(await connect(options));
    await caller.connection.flush();
    return caller;
  }

  /** The whole reply to a command as its schema file is called: `session.create`, `core.event.subscribe`. */
  async ask(name: string, data: object, requestId?: string): Promise<Fields> {
    const [area, subclass, cmd] = name.startsWith('core.') ? name.split('.') : ['media', ...name.split('.')];
    const head = headers();
    if (requestId !== undefined) head.set('Bifrons-Request-Id', requestId);
    const body = JSON.stringify({ class: area, subclass, cmd, data });
    const message = await this.connection.request('media.cmd', body, { timeout: 10_000, headers: head });
    return fieldsOf(JSON.parse(message.string()));
  }

  /** What a command that succeeds replies. */
  async command(name: string, data: object, requestId?: string): Promise<Fields> {
    const reply = await this.ask(name, data, requestId);
    assert.equal(reply['result'], 'ok', JSON.stringify(reply));
    return reply['data'] === undefined ? {} : fieldsOf(reply['data']);
  }

  /** Events of one object so far, in the order of their arrival. */
  eventsOf(id: string): readonly Heard[] {
    return this.events.filter(({ obj_id }) => obj_id === id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

/** A value that must be a JSON object. */
export function fieldsOf(value: unknown): Fields {
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

/** A field that must be text. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  assert.ok(typeof value === 'string', `${name} of ${JSON.stringify(fields)}`);
  return value;
}

function heard(fields: Fields): Heard {
  const { seq } = fields;
  assert.ok(typeof seq === 'number');
  const body = fields['body'] === undefined ? {} : fieldsOf(fields['body']);
  return { type: textOf(fields, 'type'), obj_id: textOf(fields, 'obj_id'), seq, body };
}
