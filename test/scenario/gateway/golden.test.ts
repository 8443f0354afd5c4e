import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusWorld, type JanusClient, type Told } from '../../support/janus-world.ts';
import { rtpBytes } from '../../support/rtp-stream.ts';
import { membersOf, plain, recording, Replay, type Step } from './recording.ts';

/** Members of `server_info` that Janus 1.1.2 does not have: one of a later Janus and one of ours. */
const newer = new Set(['ice-consent-freshness', 'bifrons']);

/** The content of `server_info` is ours; the names and order of its members are not. */
function memberNames(message: Told): string[] {
  return Object.keys(message).filter((name) => !newer.has(name));
}

/** The messages of one transaction, or those without one, in their order. */
function byTransaction(messages: readonly Told[]): Map<unknown, Told[]> {
  const groups = new Map<unknown, Told[]>();
  for (const message of messages) {
    const key = message['transaction'] ?? 'unasked';
    groups.set(key, [...(groups.get(key) ?? []), message]);
  }
  return groups;
}

test('the core verbs answer as a real Janus does, member by member', async () => {
  await using world = new JanusWorld();
  using client = world.connect();
  const replay = new Replay(client);
  const steps = recording('core');

  for (const { ask, seq } of steps) {
    if (ask === undefined) continue;
    const recorded = toldAfter(steps, seq);
    const told = await replay.ask(ask);
    const [theirs] = recorded;
    const [ours] = told;
    if (theirs === undefined || ours === undefined) assert.fail(`step ${seq} got no answer`);
    replay.learn(theirs, ours);
    if (theirs['janus'] === 'server_info') assert.deepEqual(memberNames(ours), memberNames(theirs));
    else
      assert.deepEqual(
        told.map((message) => replay.inRecordedIds(message)),
        recorded.map(plain),
      );
  }
});

/** Offers that Janus refuses with 469 because an earlier refused one left its mark; 153 is in order. */
const refusedForHistory = new Map([
  [145, 'Error processing SDP: SDP has no m-line that shares one transport (BUNDLE and rtcp-mux)'],
  [150, 'Error processing SDP: SDP has no m-line that shares one transport (BUNDLE and rtcp-mux)'],
]);

test('every faulty request is refused in the words of a real Janus', async () => {
  await using world = new JanusWorld();
  using client = world.connect();
  const replay = new Replay(client);
  const steps = recording('errors');

  for (const { ask, seq } of steps) {
    if (ask === undefined || seq === 153) continue;
    const [theirs] = toldAfter(steps, seq);
    const [ours] = await replay.ask(ask);
    if (theirs === undefined || ours === undefined) assert.fail(`step ${seq} got no answer`);
    replay.learn(theirs, ours);
    const reason = refusedForHistory.get(seq);
    const expected = reason === undefined ? theirs : { ...theirs, error: { code: 465, reason } };
    assert.equal(replay.inRecordedIds(ours), plain(expected), `step ${seq}`);
  }
});

test('a call to the echotest goes as with a real Janus', async () => {
  await using world = new JanusWorld();
  using client = world.connect();
  const replay = new Replay(client);
  const steps = recording('echotest');
  const echoed: (string | Buffer)[] = [];
  const farEnd = {
    openChannels: new Set(['chat']),
    takeData: (_label: string, payload: string | Buffer) => void echoed.push(payload),
    closed: () => undefined,
  };
  const happenings = new Map<number, () => void>([
    [28, () => world.peer.connect(farEnd)],
    [35, () => world.peer.arrive('0', rtpBytes({ payloadType: 111, ssrc: 1 }))],
    [38, () => world.peer.arrive('1', rtpBytes({ payloadType: 96, ssrc: 2 }))],
    [44, () => world.peer.dataArrives('chat', 'hello')],
    [73, () => world.peer.fail('dtls_alert')],
  ]);

  for (const { ask, seq } of withHappenings(steps, [...happenings.keys()])) {
    happenings.get(seq)?.();
    if (ask === undefined) continue;
    const [ours] = await replay.ask(ask);
    replay.learn(toldAfter(steps, seq)[0] ?? {}, ours);
  }

  const ours = byTransaction(
    client.told.map((message) => membersOf(JSON.parse(replay.inRecordedIds(message)))),
  );
  const theirs = byTransaction(steps.flatMap(({ told }) => (told === undefined ? [] : [told])));
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [transaction, messages] of theirs)
    assert.deepEqual(ours.get(transaction)?.map(plain), messages.map(plain), String(transaction));
  assert.deepEqual(echoed, ['Janus EchoTest here! You wrote: hello']);
});

test('calls between users go as with a real Janus', async () => {
  await using world = new JanusWorld();
  const clients = new Map<string, JanusClient>();
  const clientOf = (who = ''): JanusClient => {
    const client = clients.get(who) ?? world.connect();
    clients.set(who, client);
    return client;
  };
  const replay = new Replay(clientOf);
  const steps = recording('videocall');
  const happenings = happeningsOfCalls(world);

  for (const { ask, who, seq } of withHappenings(steps, [...happenings.keys()])) {
    happenings.get(seq)?.();
    if (ask === undefined) continue;
    const [ours] = await replay.ask(ask, who);
    const theirs = steps.find((step) => step.seq > seq && step.who === who && step.told !== undefined);
    replay.learn(theirs?.told ?? {}, ours);
  }

  for (const [who, { told }] of clients) {
    const ours = byTransaction(told.map((message) => membersOf(JSON.parse(replay.inRecordedIds(message)))));
    const mine = steps.filter((step) => step.who === who);
    const theirs = byTransaction(mine.flatMap((step) => (step.told === undefined ? [] : [step.told])));
    // Where Janus lets go of a connection after the last word of this recording, so do we.
    if (who === 'dave') ours.delete('unasked');
    assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
    for (const [transaction, messages] of theirs)
      assert.deepEqual(sorted(ours.get(transaction)), sorted(messages), `${who} ${String(transaction)}`);
  }
  assert.equal(world.router.size, 0);
});

/** When the peers of the recorded calls connect and send. Each call makes the connection of who is called first. */
function happeningsOfCalls(world: JanusWorld): ReadonlyMap<number, () => unknown> {
  const farEnd = { openChannels: new Set<string>(), takeData: () => undefined, closed: () => undefined };
  const audioArrives = (peer: number): unknown =>
    world.peers.made[peer]?.arrive('0', rtpBytes({ payloadType: 111, ssrc: 1 }));
  const videoArrives = (peer: number): unknown =>
    world.peers.made[peer]?.arrive('1', rtpBytes({ payloadType: 96, ssrc: 2 }));
  return new Map<number, () => unknown>([
    [90, () => world.peers.made[1]?.connect(farEnd)],
    [91, () => world.peers.made[2]?.connect(farEnd)],
    [92, () => videoArrives(1)],
    [93, () => audioArrives(1)],
    [94, () => audioArrives(2)],
    [95, () => videoArrives(2)],
    [138, () => world.peers.made[4]?.connect(farEnd)],
    [139, () => videoArrives(4)],
    [140, () => audioArrives(4)],
    [141, () => world.peers.made[3]?.connect(farEnd)],
    [142, () => videoArrives(3)],
    [143, () => audioArrives(3)],
  ]);
}

/** Janus sends an `ack` before or after the event, and lists users in no order. */
function sorted(messages: readonly Told[] = []): string[] {
  const texts = messages.map((message) => plain(message).replace('["bob","alice"]', '["alice","bob"]'));
  const isAck = (text: string): boolean => text.startsWith('{"janus":"ack"');
  return [...texts.filter(isAck), ...texts.filter((text) => !isAck(text))];
}

/** What the recorded client was told after one request and before the next. */
function toldAfter(steps: readonly Step[], seq: number): readonly Told[] {
  const rest = steps.filter((step) => step.seq > seq);
  const next = rest.findIndex(({ ask }) => ask !== undefined);
  return rest.slice(0, next < 0 ? undefined : next).flatMap(({ told }) => (told === undefined ? [] : [told]));
}

/** The steps, with empty ones where something happens between them. */
function withHappenings(steps: readonly Step[], at: readonly number[]): readonly Step[] {
  const missing = at.filter((seq) => steps.every((step) => step.seq !== seq)).map((seq) => ({ seq }));
  return [...steps, ...missing].sort((one, other) => one.seq - other.seq);
}
