import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusWorld, type Told } from '../../support/janus-world.ts';
import { membersOf, plain, recording, Replay } from './recording.ts';

/** Recording is refused here, as nothing would be recorded; everything else is as in the recorded call. */
const recordingOnes = new Set(['message-19', 'message-20']);

/** Told unasked by the peer connections, whose media has its own tests. */
const mediaOnes = new Set(['webrtcup', 'media']);

function asked(messages: readonly Told[]): Map<unknown, string[]> {
  const groups = new Map<unknown, string[]>();
  for (const message of messages) {
    const key = message['transaction'];
    if (recordingOnes.has(String(key)) || mediaOnes.has(String(message['janus']))) continue;
    // An `ack` and its event may come in either order.
    groups.set(key, [...(groups.get(key) ?? []), plain(message)].sort());
  }
  return groups;
}

test('two browsers are joined by plain RTP as with a real Janus, fault by fault', async () => {
  await using world = new JanusWorld();
  using client = world.connect();
  const replay = new Replay(client);
  const steps = recording('nosip');
  const told = steps.flatMap((step) => (step.told === undefined ? [] : [step.told]));

  for (const { ask } of steps) {
    if (ask === undefined) continue;
    const ours = await replay.ask(ask);
    const reply = told.find(({ transaction }) => transaction === ask['transaction']);
    replay.learn(reply ?? {}, ours[0]);
  }

  const said = client.told.map((message) => membersOf(JSON.parse(replay.inRecordedIds(message))));
  assert.deepEqual(asked(said), asked(told));
  assert.equal(world.plainRtp.size, 0);
});
