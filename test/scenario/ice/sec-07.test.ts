import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { parseStun } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { printStun, type BindingMessage } from '../../../backend-janus/webrtc/ice/stun-printer.ts';
import type { RemoteAgent } from '../../../backend-janus/webrtc/udp-mux.ts';
import { CheckingPeer, printCheck, type CheckFields } from '../../support/checking-peer.ts';
import { candidateOf, credentialsOf, IcePair, type IceEnd } from '../../support/ice-pair.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const near = '192.0.2.1';
const forgeries = 10_000;
const wrong = { password: 'a guess of that very length' };

/** What the peer may be to us, when it comes to ICE. */
const roles = {
  'lite, expecting nobody yet': () => undefined,
  lite: ({ peer }: IceEnd) => peer.expect('them'),
  controlling: ({ peer }: IceEnd) => peer.seek(them([]), true),
  controlled: ({ peer }: IceEnd) => peer.seek(them([]), false),
};

function them(candidates: readonly string[]): RemoteAgent {
  return { ...credentialsOf('them'), candidates };
}

/** Requests and responses that claim to be of the peer, by one who does not know the passwords. */
class Forger {
  readonly #random = new SeededRandom(7);
  readonly #ours = credentialsOf('ours');
  readonly #requests: readonly CheckFields[] = [
    { ...wrong },
    { ...wrong, useCandidate: true },
    { ...wrong, controlled: 1n },
    { ...wrong, controlled: 2n ** 64n - 1n, useCandidate: true },
    { username: 'ours:other', useCandidate: true },
    { username: 'ours' },
    { username: 'them:ours', ...credentialsOf('them') },
    { username: ':' },
    { username: '' },
  ];

  datagram(count: number): Buffer {
    const fields = this.#requests[count % (this.#requests.length + 3)];
    if (fields !== undefined) return printCheck(this.#ours, 'them', fields);
    const type = count % 3;
    return type === 0 ? this.#bare() : this.#response(type === 1 ? { class: 'success' } : { class: 'error' });
  }

  /** Neither USERNAME nor MESSAGE-INTEGRITY. */
  #bare(): Buffer {
    const bytes = Buffer.from('000100002112a442', 'hex');
    return Buffer.concat([bytes, this.#random.bytes(12)]);
  }

  #response(fields: Pick<BindingMessage, 'class'>): Buffer {
    const transactionId = Buffer.from(this.#random.bytes(12));
    const outcome =
      fields.class === 'error' ? { errorCode: 487 } : { mappedAddress: { address: near, port: 1 } };
    return printStun({ ...fields, transactionId, ...outcome }, createSecretKey(Buffer.from(wrong.password)));
  }
}

for (const [role, begin] of Object.entries(roles)) {
  test(`SEC-07: ${forgeries} forged STUN messages, ${role}: no reply, no address, nothing nominated`, async () => {
    await using world = new IcePair();
    const ours = await world.open('ours', near);
    const stranger = await CheckingPeer.open(world.network, '198.51.100.1', ours.mux.local);
    const forger = new Forger();
    begin(ours);

    for (let count = 0; count < forgeries; count += 1) {
      stranger.send(forger.datagram(count));
      if (count % 100 === 0) world.clock.advance(250);
    }
    world.clock.advance(20_000);

    const { rate_source, rate_socket, unknown_user, unexpected_user, unauthentic, unexpected_message } =
      ours.mux.drops;
    assert.equal(stranger.bytes, 0);
    assert.deepEqual([ours.mux.addresses, ours.peer.remote, ours.peer.isNominated], [0, undefined, false]);
    assert.deepEqual([ours.peer.checks, ours.heard.moves.length], [0, 0]);
    assert.equal(rate_source + rate_socket, 0, 'each of them was judged');
    assert.equal(unknown_user + unexpected_user + unauthentic + unexpected_message, forgeries);
  });
}

test('SEC-07: who sits at a candidate hears our checks, and cannot answer them without the password', async () => {
  await using world = new IcePair();
  const ours = await world.open('ours', near);
  const stranger = { address: '198.51.100.1', port: 5_000 };
  const key = createSecretKey(Buffer.from(wrong.password));
  let heard = 0;
  const socket = await world.network.bind(stranger, {
    receive: (datagram, from) => {
      const { transactionId } = parseStun(datagram) ?? {};
      heard += 1;
      if (transactionId === undefined) return;
      socket.send(printStun({ class: 'success', transactionId, mappedAddress: from }, key), from);
      socket.send(printStun({ class: 'error', transactionId, errorCode: 487 }, key), from);
      socket.send(Buffer.from(datagram), from);
    },
  });

  ours.peer.seek(them([candidateOf(stranger)]), true);
  world.clock.advance(20_000);

  assert.equal(heard, 7);
  assert.deepEqual([ours.mux.addresses, ours.peer.remote, ours.peer.checks], [0, undefined, 0]);
  assert.equal(ours.mux.drops.unauthentic, 14);
});

test('SEC-07: the right answer from another address than we asked does not count', async () => {
  await using world = new IcePair();
  const [ours, theirs] = [await world.open('ours', near), await world.open('them', '198.51.100.1')];
  const relay = { address: '203.0.113.1', port: 5_000 };
  const elsewhere = await world.network.bind({ ...relay, port: 5_001 }, { receive: () => undefined });
  await world.network.bind(relay, {
    receive: (datagram) => {
      const { transactionId = Buffer.alloc(12) } = parseStun(datagram) ?? {};
      const key = createSecretKey(Buffer.from(theirs.credentials.password));
      elsewhere.send(
        printStun({ class: 'success', transactionId, mappedAddress: relay }, key),
        ours.mux.local,
      );
    },
  });

  ours.peer.seek({ ...theirs.described, candidates: [candidateOf(relay)] }, true);
  world.clock.advance(20_000);

  assert.equal(ours.mux.drops.unauthentic, 7);
  assert.deepEqual([ours.mux.addresses, ours.peer.remote], [0, undefined]);
});

test('SEC-07: no answer to an authentic check is larger than the check', async () => {
  await using world = new IcePair();
  const ours = await world.open('ours', near);
  const peer = await CheckingPeer.open(world.network, '2001:db8::1', ours.mux.local);
  ours.peer.expect('them');
  const checks = [{}, { useCandidate: true }, { controlled: 1n }].map((fields) =>
    printCheck(ours.credentials, 'them', fields),
  );

  for (const check of checks) {
    const before = peer.bytes;
    peer.send(check);
    world.clock.advance(10);
    const answered = peer.bytes - before;
    assert.ok(answered > 0 && answered <= check.length, `${answered} bytes for ${check.length}`);
  }
});
