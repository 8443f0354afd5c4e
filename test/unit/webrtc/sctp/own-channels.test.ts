import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelReliability } from '#janus/media';
import { DataChannels } from '../../../../backend-janus/webrtc/sctp/data-channels.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const reliable = { isOrdered: true } as const;

/** One end of a pair, and what it was told. */
interface End {
  readonly channels: DataChannels;
  readonly told: string[];
  readonly opened: Map<string, ChannelReliability>;
}

/** Two ends over DTLS that loses nothing; packets travel when `flow` is called. */
class Pair {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom();
  readonly packets: { readonly to: End; readonly bytes: Buffer }[] = [];
  readonly client: End;
  readonly server: End;

  constructor() {
    this.client = this.#end(true, () => this.server);
    this.server = this.#end(false, () => this.client);
  }

  static connected(): Pair {
    const pair = new Pair();
    pair.start();
    return pair;
  }

  start(): void {
    this.client.channels.start();
    this.server.channels.start();
    this.clock.advance(600);
    this.flow();
  }

  flow(): void {
    for (let left = 1000; this.packets.length > 0 && left > 0; left -= 1) {
      const { to, bytes } = this.packets.shift() ?? { to: this.client, bytes: Buffer.alloc(0) };
      to.channels.receive(bytes);
    }
    assert.equal(this.packets.length, 0);
  }

  #end(isDtlsClient: boolean, other: () => End): End {
    const told: string[] = [];
    const opened = new Map<string, ChannelReliability>();
    const channels = new DataChannels(
      { clock: this.clock, random: this.random, isDtlsClient },
      { port: 5000, maxMessageBytes: 0 },
      (bytes) => this.packets.push({ to: other(), bytes: Buffer.from(bytes) }),
      {
        opened: (label, reliability) => {
          told.push(`opened ${label}`);
          opened.set(label, reliability);
        },
        shut: (label) => told.push(`shut ${label}`),
        message: (label, payload) => told.push(`${label}: ${String(payload)}`),
      },
    );
    return { channels, told, opened };
  }
}

test('a message for a label that nobody opened opens a channel, and comes on it', () => {
  const pair = Pair.connected();
  const { client, server } = pair;

  assert.equal(client.channels.send('chat', 'hello'), true);
  pair.flow();
  server.channels.send('chat', 'hi');
  pair.flow();

  assert.deepEqual(server.told, ['opened chat', 'chat: hello']);
  assert.deepEqual(client.told, ['chat: hi']);
  assert.deepEqual([client.channels.size, server.channels.size], [1, 1]);
});

test('what was opened and said before the association is up comes when it is', () => {
  const pair = new Pair();
  pair.client.channels.open('files', { isOrdered: false, mostRetransmissions: 2 });
  pair.client.channels.send('chat', 'early');

  pair.start();

  assert.deepEqual(pair.server.told, ['opened files', 'opened chat', 'chat: early']);
  assert.deepEqual(pair.server.opened.get('files'), {
    isOrdered: false,
    mostRetransmissions: 2,
    lifetimeMs: undefined,
  });
});

test('both sides may open at once, each on streams of its own, and each speaks on the channel of the other', () => {
  const pair = Pair.connected();
  const { client, server } = pair;

  client.channels.open('chat', reliable);
  server.channels.open('chat', reliable);
  client.channels.send('chat', 'from the client');
  server.channels.send('chat', 'from the server');
  pair.flow();

  assert.deepEqual(client.told, ['opened chat', 'chat: from the server']);
  assert.deepEqual(server.told, ['opened chat', 'chat: from the client']);
  assert.deepEqual([client.channels.size, client.channels.dropped], [2, 0]);
});

test('a label is opened once, whoever opened it', () => {
  const pair = Pair.connected();
  const { client, server } = pair;
  client.channels.open('chat', reliable);
  pair.flow();

  assert.equal(client.channels.open('chat', reliable), true);
  assert.equal(server.channels.open('chat', reliable), true);
  pair.flow();

  assert.deepEqual([client.channels.size, server.channels.size], [1, 1]);
});

test('64 channels are opened and no more, and none with a label beyond 1,024 bytes', () => {
  const pair = Pair.connected();
  const { client, server } = pair;

  const opened = Array.from({ length: 70 }, (_, index) => client.channels.open(`label ${index}`, reliable));
  pair.flow();

  assert.equal(opened.filter((isOpen) => isOpen).length, 64);
  assert.equal(server.channels.size, 64);
  assert.equal(server.channels.open('é'.repeat(513), reliable), false);
  assert.equal(server.channels.send('x'.repeat(1025), 'hello'), false);
});

test('64 messages wait until the peer knows of their channel, those of 256 KiB together', () => {
  const few = new Pair();
  const many = new Pair();

  const taken = Array.from({ length: 70 }, () => many.client.channels.send('chat', 'x'));
  const large = [200, 50, 10].map((size) => few.client.channels.send('chat', Buffer.alloc(size * 1024)));
  many.start();

  assert.equal(taken.filter((isTaken) => isTaken).length, 64);
  assert.deepEqual(large, [true, true, false]);
  assert.equal(many.server.told.length, 65);
});

test('a channel of ours that the peer closes is not opened again by a message, but by whoever wants it', () => {
  const pair = Pair.connected();
  const { client, server } = pair;
  client.channels.send('chat', 'hello');
  pair.flow();

  server.channels.close('chat', {});
  pair.flow();
  const sent = client.channels.send('chat', 'unheard');
  client.channels.open('chat', reliable);
  client.channels.send('chat', 'again');
  pair.flow();

  assert.deepEqual(client.told, ['shut chat']);
  assert.equal(sent, false);
  assert.deepEqual(server.told, ['opened chat', 'chat: hello', 'opened chat', 'chat: again']);
  assert.equal(client.channels.size, 1);
});

test('what waits is sent before its channel closes', () => {
  const pair = Pair.connected();
  const { client, server } = pair;
  client.channels.send('chat', 'one');
  client.channels.send('chat', Buffer.alloc(5000, 'x'));

  client.channels.close('chat', {});
  pair.flow();
  pair.clock.advance(1000);
  pair.flow();

  assert.deepEqual(server.told, ['opened chat', 'chat: one', `chat: ${'x'.repeat(5000)}`, 'shut chat']);
  assert.deepEqual([client.channels.size, server.channels.size], [0, 0]);
});

test('a channel of ours beside one of the peer may be closed without a word, and goes when the other does', () => {
  const pair = Pair.connected();
  const { client, server } = pair;
  client.channels.open('chat', reliable);
  server.channels.open('chat', reliable);
  pair.flow();

  client.channels.close('chat', { isOursOnly: true });
  pair.flow();
  const before = [...server.told];
  client.channels.send('chat', 'on that of the server');
  pair.flow();

  assert.deepEqual(before, ['opened chat', 'shut chat']);
  assert.equal(client.channels.size, 0);
});

test('streams are used again once both sides have closed them', () => {
  const pair = Pair.connected();
  const { client, server } = pair;

  for (let round = 0; round < 600; round += 1) {
    client.channels.send('chat', String(round));
    pair.flow();
    client.channels.close('chat', {});
    pair.flow();
  }

  assert.equal(server.told.filter((what) => what.startsWith('chat')).length, 600);
  assert.equal(client.channels.size, 0);
});

test('an association that ends takes nothing any more', () => {
  const pair = Pair.connected();
  const { client, server } = pair;
  client.channels[Symbol.dispose]();
  pair.flow();

  assert.equal(client.channels.open('chat', reliable), false);
  assert.equal(server.channels.send('chat', 'hello'), false);
});
