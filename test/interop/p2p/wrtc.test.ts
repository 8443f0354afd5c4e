import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Heard } from '../support/nats-caller.ts';
import { trickleAll } from '../support/trickle-all.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

const options = { timeout: 60_000 };

let broker: BrokerProcess;
let server: NatsCaller;

before(async () => {
  broker = await BrokerProcess.start();
  server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

async function create(data: object): Promise<string> {
  return textOf(await server.command('session.create', { type: 'p2p', ...data }), 'session_id');
}

/** Does what an event tells a page to do. */
async function follow(peer: WrtcPeer, { type, body }: Heard): Promise<void> {
  if (type === 'answer') await peer.accept(textOf(fieldsOf(body['answer']), 'sdp'));
  if (type !== 'candidate') return;
  const sdpMLineIndex = Number(body['sdpMLineIndex']);
  await peer.add({ candidate: textOf(body, 'candidate'), sdpMid: textOf(body, 'sdpMid'), sdpMLineIndex });
}

for (const gathers of [false, true]) {
  const how = gathers ? 'gathered into the answer' : 'told behind the answer';
  test(
    `peers whose callee trickles while it rings find each other by candidates ${how}`,
    options,
    async () => {
      using alice = new WrtcPeer();
      using bob = new WrtcPeer();
      const offer = { sdp: await alice.offer(), trickle_ice: true };
      const caller = await create({ offer, no_answer_trickle_ice: gathers });
      const links = { peer_id: caller, master_id: caller, set_master_answer: true };
      const callee = await create({ offer, ...links });
      const answer = { sdp: await bob.bareAnswer(offer.sdp), trickle_ice: true };
      await Promise.all([trickleAll(server, caller, alice), trickleAll(server, callee, bob)]);
      for (const event of server.eventsOf(callee)) await follow(bob, event);

      await server.command('session.set_answer', { session_id: callee, answer });
      const told = (): readonly string[] => server.eventsOf(caller).map(({ type }) => type);
      await eventually('all is told', 5000, () => told().includes(gathers ? 'answer' : 'candidate_end'));
      for (const event of server.eventsOf(caller)) await follow(alice, event);

      assert.deepEqual(told().slice(0, 2), ['created', 'answer']);
      assert.equal(told().includes('candidate'), !gathers);
      await eventually('pictures both ways', 20_000, () => alice.frames > 10 && bob.frames > 10);
      for (const session_id of [callee, caller]) await server.ask('session.destroy', { session_id });
    },
  );
}
