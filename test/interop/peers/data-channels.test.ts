import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { SeededRandom } from '../../support/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import type { Channel } from '../support/wrtc.ts';

const largest = 256 * 1024;

let server: MirrorServer;

before(async () => {
  server = await MirrorServer.open();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

interface Line extends AsyncDisposable {
  readonly peer: WrtcPeer;
  open(options?: object): Promise<{ readonly channel: Channel; readonly heard: string[] }>;
}

/** A peer whose messages come back. */
async function connect(): Promise<Line> {
  const peer = new WrtcPeer();
  const mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await eventually('connected', 5000, () => peer.isChannelOpen);
  let opened = 0;
  return {
    peer,
    open: async (options) => {
      const channel = peer.openChannel(`line ${opened++}`, options);
      channel.binaryType = 'arraybuffer';
      const heard: string[] = [];
      channel.onmessage = ({ data }) =>
        heard.push(data instanceof ArrayBuffer ? digest(new Uint8Array(data)) : '');
      await eventually('the channel is open', 5000, () => channel.readyState === 'open');
      return { channel, heard };
    },
    async [Symbol.asyncDispose]() {
      peer[Symbol.dispose]();
      await mirror[Symbol.asyncDispose]();
    },
  };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Messages that all differ in content and size, the largest first. */
function messages(count: number, size = largest): readonly Uint8Array[] {
  const random = new SeededRandom(count);
  return Array.from({ length: count }, (_, index) => random.bytes(size - index));
}

const kinds = [
  ['reliable', {}, 20_000],
  ['unordered', { ordered: false }, 20_000],
] as const;

for (const [name, options, patience] of kinds) {
  test(`messages of 256 KiB come back whole on a ${name} channel`, async () => {
    await using line = await connect();
    const { channel, heard } = await line.open(options);
    const sent = messages(8);

    for (const [index, message] of sent.entries()) {
      channel.send(message);
      await eventually('it is back', patience, () => heard.length > index);
    }

    assert.deepEqual(heard, sent.map(digest)); // prettier-ignore
  });

  test(`messages of 256 KiB come back whole over 5 % loss on a ${name} channel`, async () => {
    await using line = await connect();
    const { channel, heard } = await line.open(options);
    const sent = messages(4);
    server.relay.both = {
      lossRatio: 0.05,
      delayMs: 20,
      jitterMs: 10,
      reorderRatio: 0.02,
      duplicateRatio: 0.02,
    };

    try {
      for (const message of sent) channel.send(message);
      await eventually('all are back', 60_000, () => heard.length === sent.length);
    } finally {
      server.relay.both = {};
    }

    const expected = sent.map(digest);
    if (name === 'reliable') assert.deepEqual(heard, expected);
    else assert.deepEqual(heard.toSorted(), expected.toSorted());
  });
}

for (const [name, options] of [
  ['that are not sent again', { ordered: false, maxRetransmits: 0 }],
  ['that are soon too late', { ordered: true, maxPacketLifeTime: 50 }],
] as const) {
  test(`messages ${name} are partly lost on a bad path, and what follows on a good one arrives`, async () => {
    await using line = await connect();
    const { channel, heard } = await line.open(options);
    const sent = messages(300, 900);
    server.relay.both = { lossRatio: 0.1, delayMs: 20 };

    try {
      for (const message of sent) {
        channel.send(message);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      server.relay.both = {};
    }
    const last = messages(1, 500);
    for (const message of last) channel.send(message);
    await eventually('the last is back', 10_000, () => heard.includes(last.map(digest)[0] ?? ''));

    assert.ok(heard.length > 30 && heard.length < 301, String(heard.length));
    assert.equal(new Set(heard).size, heard.length);
  });
}

test('a channel that the peer closes is closed by us too, and its number can be used again', async () => {
  await using line = await connect();
  for (let round = 0; round < 3; round += 1) {
    const { channel, heard } = await line.open();
    channel.send(Uint8Array.of(1, 2, 3));
    await eventually('a message back', 5000, () => heard.length === 1);

    channel.close();

    await eventually('closed', 5000, () => channel.readyState === 'closed');
  }
});

test('a peer that sends faster than it reads loses messages, and we keep a bounded queue', async () => {
  const mirror = server.mirror();
  using peer = new WrtcPeer();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await eventually('connected', 5000, () => peer.isChannelOpen);
  server.relay.toPeer = { delayMs: 300 };

  const [block] = messages(1, 60_000);
  let taken = 0;
  // A channel is open for the peer before we know of it, and what is said until then is held, within less room.
  await eventually('a channel to us', 5000, () => mirror.has('channel'));
  while (mirror.connection.sendData('chat', Buffer.from(block ?? [])) && taken < 1000) taken += 1;
  server.relay.toPeer = {};

  assert.ok(taken >= 16 && taken < 40, String(taken));
  await eventually('there is room again', 10_000, () => mirror.connection.sendData('chat', 'room'));
  await mirror[Symbol.asyncDispose]();
});
