import { connect, headers, type NatsConnection } from 'nats';
import type { TransportClient } from '../../contract/transport.ts';

/** A client of the `nats` package that requests `media.cmd` and hears every event. */
export interface NatsClient extends TransportClient {
  readonly connection: NatsConnection;
  /** A request to another subject. */
  requestAt(subject: string, content: string): Promise<unknown>;
}

/** Connects to one server. */
export async function natsClient(servers: string): Promise<NatsClient> {
  const connection = await connect({ servers, reconnectTimeWait: 20, reconnectJitter: 0 });
  const events: unknown[] = [];
  connection.subscribe('media.event.>', { callback: (_fault, message) => events.push(message.json()) });
  await connection.flush();
  return {
    connection,
    events,
    request: async (content, fields = {}) => {
      const marks = headers();
      for (const [name, value] of Object.entries(fields)) marks.set(name, value);
      const reply = await connection.request('media.cmd', content, { timeout: 5000, headers: marks });
      return reply.json();
    },
    requestAt: async (subject, content) => {
      const reply = await connection.request(subject, content, { timeout: 5000 });
      return reply.json();
    },
    vanish: () => undefined,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
