import type { JanusClient, JanusWorld, Told } from './janus-world.ts';

/** A member of a message that may have none of that name. */
export function member(message: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    message,
  );
}

/** One handle of one client, as a test talks to it. */
export class TestHandle {
  readonly client: JanusClient;
  readonly session_id: number;
  readonly handle_id: number;
  #transactions = 0;

  private constructor(client: JanusClient, session_id: number, handle_id: number) {
    this.client = client;
    this.session_id = session_id;
    this.handle_id = handle_id;
  }

  /** Creates a session with one handle on `plugin`. Throws RangeError if that is refused. */
  static async attach(world: JanusWorld, plugin: string): Promise<TestHandle> {
    const client = world.connect();
    const [created] = await client.ask({ janus: 'create', transaction: 'create' });
    const session_id = idIn(created);
    const [attached] = await client.ask({ janus: 'attach', transaction: 'attach', session_id, plugin });
    const handle = new TestHandle(client, session_id, idIn(attached));
    client.take();
    return handle;
  }

  /** Sends a request on the handle; resolves with what the client was told since. */
  ask(janus: string, members: object = {}): Promise<readonly Told[]> {
    this.#transactions += 1;
    const { session_id, handle_id } = this;
    return this.client.ask({
      janus,
      transaction: `t${this.#transactions}`,
      session_id,
      handle_id,
      ...members,
    });
  }

  message(body: object, jsep?: object): Promise<readonly Told[]> {
    return this.ask('message', { body, ...(jsep && { jsep }) });
  }

  /** What the plugin said in answer to a message, in its `ack`ed event or at once. */
  async answer(body: object, jsep?: object): Promise<unknown> {
    return member((await this.message(body, jsep)).at(-1), 'plugindata', 'data');
  }

  /** The kinds of messages since the last call, with the reason where one is given. */
  heard(): string[] {
    return this.client
      .take()
      .map(({ janus, reason }) => [janus, reason].filter((part) => typeof part === 'string').join(' '));
  }
}

function idIn(message: Told | undefined): number {
  const id = member(message, 'data', 'id');
  if (typeof id !== 'number') throw new RangeError(`no id in ${JSON.stringify(message)}`);
  return id;
}
