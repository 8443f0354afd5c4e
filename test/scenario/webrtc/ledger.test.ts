import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plansFor } from '../../contract/peer-connection/subject.ts';
import type { VirtualPeer } from '../../support/virtual-peer.ts';
import { noConnections } from '../../support/no-connections.ts';
import { OneConnection } from './one-connection.ts';

const delayMs = 20;

/** How far a connection comes before it is disposed. */
const stages: Readonly<Record<string, (one: OneConnection, peer: VirtualPeer) => Promise<unknown>>> = {
  'it is new': () => Promise.resolve(),
  'it has offered': (one) =>
    one.connection.offer([{ kind: 'audio', direction: 'sendrecv', codecs: ['opus'] }]),
  'it has refused an offer': async (one) => {
    await assert.rejects(one.connection.answer('v=0', []));
  },
  'it has answered': async (one, peer) => {
    const offer = await peer.offer(['audio']);
    await one.connection.answer(offer, plansFor(offer));
  },
  'it is checked': async (one, peer) => {
    peer.doesHandshake = false;
    await one.negotiate(peer);
    await one.pass(100);
    assert.equal(one.webrtc.counts.addresses, 1);
  },
  'it shakes hands': async (one, peer) => {
    await one.negotiate(peer);
    // A check and a first hello, and our flight that answers it, but not the next one of the peer.
    await one.pass(2.5 * delayMs);
    assert.equal(one.webrtc.counts.addresses, 1);
    assert.deepEqual(one.told, []);
  },
  'it is connected': (one, peer) => one.connect(peer),
  'it was renegotiated': async (one, peer) => {
    await one.connect(peer);
    await one.negotiate(peer, { restartsIce: true });
  },
  'its peer was made anew': async (one, peer) => {
    await one.connect(peer);
    const successor = await one.peer('198.51.100.2');
    await one.negotiate(successor);
    peer.vanish();
    await successor.close();
  },
  'its peer has closed it': async (one, peer) => {
    await one.connect(peer);
    await peer.close();
    await one.pass(100);
    assert.deepEqual(one.webrtc.counts, noConnections);
  },
};

for (const [stage, reach] of Object.entries(stages))
  test(`nothing is left of a connection that is disposed when ${stage}`, async () => {
    await using one = await OneConnection.open(delayMs);
    const peer = await one.peer();
    await reach(one, peer);
    peer.vanish();

    await Promise.all([one.connection[Symbol.asyncDispose](), one.connection[Symbol.asyncDispose]()]);
    await one.pass(100);

    assert.deepEqual(one.webrtc.counts, noConnections);
    assert.equal(one.clock.pending, 0);
    assert.equal(one.told.filter((word) => word.startsWith('closed')).length, 1);
  });
