import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, headers, type ConnectionOptions, type Msg, type NatsConnection } from 'nats';
import { until } from './surroundings.ts';

/** A NATS server, and how to connect to it. */
export interface ServerBed extends AsyncDisposable {
  readonly url: string;
}

/** A client of the package that everybody uses, with what it subscribed to. */
interface Peer extends AsyncDisposable {
  readonly connection: NatsConnection;
  /** Subscribes and keeps what arrives. */
  hear(subject: string, options?: { queue?: string; max?: number }): Promise<Heard>;
}

interface Heard {
  readonly messages: Msg[];
  unsubscribe(max?: number): void;
  drain(): Promise<void>;
}

type Check = (
  behaviour: string,
  run: (join: (options?: ConnectionOptions) => Promise<Peer>) => Promise<void>,
) => void;

/** What core NATS promises, as far as clients of the broker rely on it: the dev bus and nats-server alike. */
export function busChecks(name: string, skip: string | false, open: () => Promise<ServerBed>): void {
  const check: Check = (behaviour, run) => {
    test(`${name}: ${behaviour}`, { skip }, async () => {
      await using bed = await open();
      const peers: Peer[] = [];
      try {
        await run(async (options) => {
          const peer = await joinAt(bed.url, options);
          peers.push(peer);
          return peer;
        });
      } finally {
        for (const peer of peers) await peer[Symbol.asyncDispose]();
      }
    });
  };
  delivery(check);
  contents(check);
  requests(check);
  endings(check);
}

async function joinAt(servers: string, options: ConnectionOptions = {}): Promise<Peer> {
  const connection = await connect({ servers, reconnect: false, ...options });
  return {
    connection,
    hear: async (subject, limits = {}) => {
      const messages: Msg[] = [];
      const subscription = connection.subscribe(subject, {
        ...limits,
        callback: (_fault, message) => messages.push(message),
      });
      await connection.flush();
      return {
        messages,
        unsubscribe: (max) => subscription.unsubscribe(max),
        drain: () => subscription.drain(),
      };
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function delivery(check: Check): void {
  check('publish and subscribe, in order', async (join) => {
    const [a, b] = [await join(), await join()];
    const heard = await a.hear('a.b');

    for (let at = 0; at < 1000; at += 1) b.connection.publish('a.b', at.toString());

    await until(() => heard.messages.length === 1000);
    assert.deepEqual(
      heard.messages.map((message) => Number(message.string())),
      Array.from({ length: 1000 }, (_, at) => at),
    );
  });

  check('wildcards', async (join) => {
    const peer = await join();
    const [star, rest, all] = [await peer.hear('x.*.z'), await peer.hear('x.>'), await peer.hear('x.y.z')];

    for (const subject of ['x.y.z', 'x.1.z', 'x.y', 'x.y.z.w', 'x']) peer.connection.publish(subject);
    await peer.connection.flush();

    assert.equal(star.messages.length, 2);
    assert.equal(rest.messages.length, 4);
    assert.equal(all.messages.length, 1);
  });

  check('a queue group shares its messages', async (join) => {
    const [a, b, c] = [await join(), await join(), await join()];
    const groups = [await a.hear('q', { queue: 'g' }), await b.hear('q', { queue: 'g' })];
    const other = await c.hear('q', { queue: 'h' });

    for (let at = 0; at < 200; at += 1) c.connection.publish('q');
    await c.connection.flush();

    await until(() => groups.reduce((sum, { messages }) => sum + messages.length, 0) === 200);
    assert.ok(groups.every(({ messages }) => messages.length > 20));
    assert.equal(other.messages.length, 200);
  });
}

function contents(check: Check): void {
  check('headers', async (join) => {
    const peer = await join();
    const heard = await peer.hear('h');
    const fields = headers();
    fields.set('Bifrons-Request-Id', 'r-1');
    fields.append('Many', 'one');
    fields.append('Many', 'two');

    peer.connection.publish('h', 'body', { headers: fields });
    await until(() => heard.messages.length === 1);

    assert.equal(heard.messages[0]?.headers?.get('Bifrons-Request-Id'), 'r-1');
    assert.deepEqual(heard.messages[0].headers.values('Many'), ['one', 'two']);
    assert.equal(heard.messages[0].string(), 'body');
  });

  check('a payload of 1 MiB', async (join) => {
    const [a, b] = [await join(), await join()];
    const heard = await a.hear('large');
    const payload = Buffer.alloc(1024 * 1024, 'bifrons ');

    b.connection.publish('large', payload);
    await until(() => heard.messages.length === 1);

    assert.ok(payload.equals(heard.messages[0]?.data ?? Buffer.alloc(0)));
    assert.throws(() => b.connection.publish('large', Buffer.alloc(1024 * 1024 + 1)));
  });
}

function requests(check: Check): void {
  check('request and reply', async (join) => {
    const [a, b] = [await join(), await join()];
    a.connection.subscribe('echo', {
      callback: (_fault, message) => void message.respond(`<${message.string()}>`),
    });
    await a.connection.flush();

    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, at) => b.connection.request('echo', at.toString(), { timeout: 2000 })),
    );

    assert.deepEqual(
      replies.map((reply) => reply.string()),
      Array.from({ length: 100 }, (_, at) => `<${at}>`),
    );
  });

  check('a request that reaches nobody fails at once', async (join) => {
    const peer = await join();
    const before = performance.now();

    await assert.rejects(peer.connection.request('nobody.there', '', { timeout: 5000 }), { code: '503' });

    assert.ok(performance.now() - before < 1000);
  });
}

function endings(check: Check): void {
  check('a subscription ends after its maximum', async (join) => {
    const peer = await join();
    const heard = await peer.hear('m', { max: 3 });

    for (let at = 0; at < 10; at += 1) peer.connection.publish('m');
    await peer.connection.flush();

    assert.equal(heard.messages.length, 3);
  });

  check('unsubscribing ends it', async (join) => {
    const [a, b] = [await join(), await join()];
    const heard = await a.hear('u');
    b.connection.publish('u');
    await until(() => heard.messages.length === 1);

    heard.unsubscribe();
    await a.connection.flush();
    b.connection.publish('u');
    await b.connection.flush();
    await a.connection.flush();

    assert.equal(heard.messages.length, 1);
  });

  check('draining takes what is on its way, and then closes', async (join) => {
    const [a, b] = [await join(), await join()];
    const heard = await a.hear('d');
    for (let at = 0; at < 500; at += 1) b.connection.publish('d');
    await b.connection.flush();

    await a.connection.drain();

    assert.equal(heard.messages.length, 500);
    assert.equal(a.connection.isClosed(), true);
  });
}
