import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import type { EventEnvelope, Transport } from '#services/broker';
import { fieldsOf } from '../support/fields.ts';
import { echo, RecordingServe } from '../support/recording-serve.ts';

/** A transport with what its clients connect to. Disposing ends the transport and everything under it. */
export interface TransportBed extends AsyncDisposable {
  readonly transport: Transport;
  /** A client that may send commands at once. After `listen` only. */
  connect(): Promise<TransportClient>;
  /** Sends an event by the transport itself; absent where events go to callers or nowhere. */
  readonly publish?: (event: EventEnvelope) => void;
}

/** A client of a transport, as foreign to it as possible. */
export interface TransportClient extends AsyncDisposable {
  /** Resolves with the reply as it came, decoded. Rejects if there will be none. */
  request(content: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** Goes without a word. */
  vanish(): void;
  /** Events received so far, without their framing. */
  readonly events: unknown[];
}

/** What the suite must know of a transport. */
export interface TransportTraits {
  readonly name: string;
  /** What becomes of a request over 1 MiB. */
  readonly oversized: 'answered' | 'refused';
  /** Requests carry `Bifrons-Request-Id` and `traceparent`. */
  readonly hasHeaders: boolean;
  /** The transport knows when a caller goes away: for good, during its request, or never. */
  readonly absence: 'of_callers' | 'of_requests' | 'unknown';
  /** Where events arrive. */
  readonly events: 'at_callers' | 'at_subscribers' | 'nowhere';
  /** A reason to skip it. */
  readonly skip: string | false;
}

/** How the suite waits for what it cannot await, and looks for what was left behind. */
export interface TransportSurroundings {
  open(): Promise<TransportBed>;
  /** Resolves once it holds; rejects after a few seconds. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Sockets, servers and timers of this process. */
  readonly resources: () => readonly string[];
}

/** A bed that listens, with one client. */
interface Stage extends AsyncDisposable {
  readonly bed: TransportBed;
  readonly client: TransportClient;
  readonly broker: RecordingServe;
}

const mebibyte = 1024 * 1024;

/** What every transport promises to the broker and to its clients. */
export function transportContract(traits: TransportTraits, surroundings: TransportSurroundings): void {
  const start = async (): Promise<Stage> => {
    const bed = await surroundings.open();
    const broker = new RecordingServe();
    await bed.transport.listen(broker.serve);
    const client = await bed.connect();
    const dispose = async (): Promise<void> => {
      await client[Symbol.asyncDispose]();
      await bed[Symbol.asyncDispose]();
    };
    return { bed, client, broker, [Symbol.asyncDispose]: dispose };
  };
  const check = (behaviour: string, run: (stage: Stage) => Promise<void>): void => {
    test(`${traits.name}: ${behaviour}`, { skip: traits.skip }, async () => {
      await using stage = await start();
      await run(stage);
    });
  };
  requestsAndReplies(check, surroundings);
  badInput(check);
  limits(check, traits);
  if (traits.hasHeaders) headers(check);
  absence(check, traits, surroundings);
  events(check, traits, surroundings);
  ending(check, surroundings);
  test(`${traits.name}: leaves no socket and no timer behind`, { skip: traits.skip }, async () => {
    const before = surroundings.resources();
    const stage = await start();
    await stage.client.request(command(1));

    await stage[Symbol.asyncDispose]();

    await surroundings.until(() => isPartOf(surroundings.resources(), before));
  });
}

type Check = (behaviour: string, run: (stage: Stage) => Promise<void>) => void;

function requestsAndReplies(check: Check, { until }: TransportSurroundings): void {
  check('a reply carries its tid and data, whatever the letters', async ({ client, broker }) => {
    const reply = await client.request(command('ünï-1', { text: 'Grüße 👋 \u0000 "\\' }));

    assert.deepEqual(reply, {
      result: 'ok',
      tid: 'ünï-1',
      data: { echo: { text: 'Grüße 👋 \u0000 "\\' } },
    });
    assert.equal(broker.last?.signal.aborted, false);
  });

  check('a coded error reaches the client as it is', async ({ client, broker }) => {
    const error = new MediaError('session_not_found');
    const data = { code: error.number, error: error.message, name: error.code, hint: 'look elsewhere' };
    broker.answer = () => ({ result: 'error', tid: 2, data });

    assert.deepEqual(await client.request(command(2)), { result: 'error', tid: 2, data });
  });

  check('empty data is left out of a reply, an empty list is not', async ({ client, broker }) => {
    broker.answer = () => ({ result: 'ok', tid: 3, data: {} });
    const empty = await client.request(command(3));
    broker.answer = () => ({ result: 'ok', tid: 3, data: [] });
    const list = await client.request(command(3));

    assert.deepEqual(empty, { result: 'ok', tid: 3 });
    assert.deepEqual(list, { result: 'ok', tid: 3, data: [] });
  });

  check('many requests are answered at the same time, in any order', async ({ client, broker }) => {
    const waiting: (() => void)[] = [];
    broker.answer = (request) => new Promise((resolve) => waiting.push(() => resolve(echo(request))));
    const count = 50;
    const replies = Array.from({ length: count }, (_, at) => client.request(command(at, { at })));
    const all = Promise.all(replies);
    await until(() => waiting.length === count);

    for (const answer of waiting.toReversed()) answer();

    const expected = Array.from({ length: count }, (_, at) => ({
      result: 'ok',
      tid: at,
      data: { echo: { at } },
    }));
    assert.deepEqual(await all, expected);
  });
}

function badInput(check: Check): void {
  const broken: readonly (readonly [string, string | Uint8Array])[] = [
    ['nothing', ''],
    ['half an object', '{"class":"media"'],
    ['two values', '{}{}'],
    ['text', 'create a session, please'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0xfe, 0x22)],
  ];
  for (const [name, content] of broken) {
    check(`${name} is answered as a syntax error of the request`, async ({ client, broker }) => {
      assert.deepEqual(await client.request(content), syntaxError('request is not JSON'));
      assert.equal(broker.requests.length, 0);
    });
  }

  check("JSON that is no envelope is the broker's to refuse", async ({ client, broker }) => {
    for (const content of ['null', '17', '"create"', '[]', '{"class":5,"cmd":{},"tid":4}']) {
      await client.request(content);

      assert.deepEqual(broker.last?.body, JSON.parse(content));
    }
  });

  check('a member called __proto__ does not get in', async ({ client, broker }) => {
    await client.request(
      '{"cmd":"echo","tid":7,"data":{"__proto__":{"x":1},"\\u005f_proto__":{"x":2},"y":3}}',
    );

    const data = fieldsOf(broker.last?.body).get('data');
    assert.deepEqual([...fieldsOf(data)], [['y', 3]]);
  });
}

function limits(check: Check, traits: TransportTraits): void {
  check('nesting is taken 16 deep and refused above', async ({ client, broker }) => {
    const data = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
    await client.request(`{"tid":5,"cmd":"echo","data":${data(15)}}`);
    assert.equal(broker.requests.length, 1);

    const refused = await client.request(`{"tid":5,"cmd":"echo","data":${data(16)}}`);

    assert.deepEqual(refused, syntaxError('request is nested deeper than 16'));
    assert.equal(broker.requests.length, 1);
  });

  check('a million brackets are refused at once', async ({ client }) => {
    assert.deepEqual(
      await client.request('['.repeat(1_000_000)),
      syntaxError('request is nested deeper than 16'),
    );
  });

  check('a request of 1 MiB is taken', async ({ client, broker }) => {
    broker.answer = () => ({ result: 'ok', tid: 6, data: { taken: true } });

    const reply = await client.request(padded(mebibyte));

    assert.deepEqual(reply, { result: 'ok', tid: 6, data: { taken: true } });
  });

  check('a request over 1 MiB does not reach the broker', async ({ client, broker }) => {
    const sent = client.request(padded(mebibyte + 1));

    if (traits.oversized === 'refused') await assert.rejects(sent);
    else assert.deepEqual(await sent, syntaxError('request is larger than 1 MiB'));
    assert.equal(broker.requests.length, 0);
  });
}

function headers(check: Check): void {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  check('request id and trace are passed on', async ({ client, broker }) => {
    await client.request(command(8), { 'Bifrons-Request-Id': 'once-only', traceparent });

    assert.equal(broker.last?.requestId, 'once-only');
    assert.equal(broker.last.traceparent, traceparent);
  });

  check('without those headers a request has neither', async ({ client, broker }) => {
    await client.request(command(9), { traceparent: 'not a trace' });

    assert.equal(broker.last?.requestId, undefined);
    assert.equal(broker.last?.traceparent, undefined);
  });
}

function absence(check: Check, traits: TransportTraits, { until }: TransportSurroundings): void {
  if (traits.absence === 'unknown') return;

  check('a request is aborted when nobody waits for its reply any more', async ({ client, broker }) => {
    const answer = broker.hold();
    const reply = client.request(command(11)).catch(() => 'none');
    await until(() => broker.requests.length === 1);

    client.vanish();

    await until(() => broker.last?.signal.aborted === true);
    answer({ result: 'ok', data: {} });
    assert.equal(await reply, 'none');
  });

  if (traits.absence !== 'of_callers') return;
  check(
    'who waits for a caller to go hears it once, and can no longer reach it',
    async ({ client, broker }) => {
      const heard: string[] = [];
      await client.request(command(12));
      const caller = broker.last?.caller;
      assert.ok(caller);
      caller.onGone(() => heard.push('gone'));
      caller.onGone(() => heard.push('taken back'))[Symbol.dispose]();

      client.vanish();
      await until(() => heard.length > 0);
      caller.push(event(1));

      assert.deepEqual(heard, ['gone']);
      const asked = caller.ask('call.invite', {}, new AbortController().signal);
      await assert.rejects(asked, { code: 'registered_down' });
    },
  );
}

function events(check: Check, traits: TransportTraits, { until }: TransportSurroundings): void {
  if (traits.events === 'nowhere') {
    check('events are not taken, and pushing one does nothing', async ({ client, broker }) => {
      await client.request(command(13));
      assert.equal(broker.last?.caller.takesEvents, false);

      broker.last.caller.push(event(1));

      assert.deepEqual(client.events, []);
    });
    return;
  }
  check('events arrive whole and in order', async ({ bed, client, broker }) => {
    await client.request(command(14));
    const caller = broker.last?.caller;
    assert.equal(caller?.takesEvents, traits.events === 'at_callers');
    const sent = [event(1), event(2), event(3)];

    for (const each of sent) (bed.publish ?? ((one) => caller.push(one)))(each);

    await until(() => client.events.length === sent.length);
    assert.deepEqual(client.events, sent);
  });
}

function ending(check: Check, { until }: TransportSurroundings): void {
  check('disposing answers what is in flight and takes nothing new', async ({ bed, client, broker }) => {
    const answer = broker.hold();
    const reply = client.request(command(15));
    await until(() => broker.requests.length === 1);

    const disposal = bed.transport[Symbol.asyncDispose]();
    const late = client.request(command(16)).catch(() => 'refused');
    answer({ result: 'ok', tid: 15, data: { late: true } });

    assert.deepEqual(await reply, { result: 'ok', tid: 15, data: { late: true } });
    await disposal;
    const refusal = await late;
    if (refusal !== 'refused') assert.equal(nameOf(refusal), 'draining');
    assert.equal(broker.requests.length, 1);
  });

  check('disposing twice is disposing once', async ({ bed }) => {
    await Promise.all([bed.transport[Symbol.asyncDispose](), bed.transport[Symbol.asyncDispose]()]);

    await bed.transport[Symbol.asyncDispose]();
  });
}

function command(tid: string | number, data: object = {}): string {
  return JSON.stringify({ class: 'media', subclass: 'session', cmd: 'echo', tid, data });
}

/** An envelope of exactly so many bytes. */
function padded(size: number): string {
  const head = '{"class":"media","cmd":"echo","tid":6,"data":{"x":"';
  const tail = '"}}';
  return head + 'x'.repeat(size - head.length - tail.length) + tail;
}

function syntaxError(hint: string): object {
  const data = { code: 100044, error: 'Syntax error: request', name: 'syntax_error', hint };
  return { result: 'error', data };
}

function event(seq: number): EventEnvelope {
  const about = { class: 'media', subclass: 'session', type: 'status', obj_id: 'abcd1234-5' } as const;
  return { ...about, seq, time: 1_700_000_000_000 + seq, node: 'abcd1234', body: { status: 'up', seq } };
}

/** The name of an error reply. */
function nameOf(reply: unknown): unknown {
  return fieldsOf(fieldsOf(reply).get('data')).get('name');
}

/** Whether each kind occurs no more often than it did. */
function isPartOf(now: readonly string[], before: readonly string[]): boolean {
  const count = (kinds: readonly string[], kind: string): number =>
    kinds.filter((other) => other === kind).length;
  return now.every((kind) => count(now, kind) <= count(before, kind));
}
