import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaRouter } from '#janus/media';
import { VideoRoom } from '#janus/plugins';
import { FakeClock } from '../../support/fake-clock.ts';
import { member } from '../../support/janus-handle.ts';
import { JanusWorld, type JanusClient, type Told } from '../../support/janus-world.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { membersOf, plain, recording, Replay, type Step } from './recording.ts';

function openWorld(): JanusWorld {
  const clock = new FakeClock();
  const plugin = new VideoRoom({ clock, random: new SeededRandom(2), router: new MediaRouter(clock) });
  return new JanusWorld({}, [plugin], clock);
}

/** Requests that we refuse as unknown: recordings and plain RTP. */
const unknown = new Set(['enable_recording', 'listforwarders', 'rtp_forward', 'stop_rtp_forward']);

/** The rooms that the recorded Janus had from its configuration. */
const configured = [1234, 5678];

function dataOf(message: unknown): unknown {
  return member(message, 'plugindata', 'data');
}

/** What one client was told about one request. */
function toldAbout(all: readonly Told[], transaction: unknown): readonly Told[] {
  const about = all.filter((message) => message['transaction'] === transaction);
  // An ack and its event may come in either order.
  return [...about].sort((one, other) => String(one['janus']).localeCompare(String(other['janus'])));
}

/** The recorded answer as we give it: without the rooms of the configuration, whose order says nothing. */
function listed(message: Told | undefined): readonly string[] {
  const list = member(dataOf(message), 'list');
  const rooms: readonly unknown[] = Array.isArray(list) ? list : [];
  const made = rooms.filter((room) => !configured.includes(Number(member(room, 'room'))));
  return made.map((room) => JSON.stringify(room)).sort();
}

test('rooms are managed, and faulty requests refused, as by a real Janus', async () => {
  await using world = openWorld();
  using client = world.connect();
  const replay = new Replay(client);
  const steps = recording('videoroom-management');
  const recorded = steps.flatMap(({ told }) => (told === undefined ? [] : [told]));
  await makeDemoRoom(client);

  for (const { ask, seq } of steps) {
    if (ask === undefined) continue;
    const theirs = toldAbout(recorded, ask['transaction']);
    const ours = toldAbout(await replay.ask(ask), ask['transaction']);
    const request = member(ask, 'body', 'request');
    replay.learn(theirs[0] ?? {}, ours[0]);
    replay.learnData(dataOf(theirs.at(-1)), dataOf(ours.at(-1)));
    if (unknown.has(String(request))) assert.equal(member(dataOf(ours[0]), 'error_code'), 423);
    else if (request === 'list') assert.deepEqual(listedIn(replay, ours[0]), listed(theirs[0]));
    else
      assert.deepEqual(
        ours.map((message) => replay.inRecordedIds(message)),
        theirs.map(plain),
        `step ${seq}`,
      );
  }
});

function listedIn(replay: Replay, message: Told | undefined): readonly string[] {
  return listed(membersOf(JSON.parse(replay.inRecordedIds(message ?? {}))));
}

/** The recorded Janus had it from its configuration, and the client joins it. */
async function makeDemoRoom(client: JanusClient): Promise<void> {
  const [created] = await client.ask({ janus: 'create', transaction: 'a' });
  const session_id = member(created, 'data', 'id');
  const attach = { janus: 'attach', session_id, plugin: 'janus.plugin.videoroom', transaction: 'b' };
  const handle_id = member((await client.ask(attach))[0], 'data', 'id');
  const body = { request: 'create', room: 1234 };
  await client.ask({ janus: 'message', session_id, handle_id, body, transaction: 'c' });
}

/** Requests of the recording after which a browser has connected, and whose it is, in the order of connections. */
const connecting = new Set([25, 32, 53, 181]);

const farEnd = {
  openChannels: new Set<string>(),
  takeData: () => undefined,
  closed: () => undefined,
};

/** What media of the recorded browsers brought about. */
function isFromMedia(message: Told): boolean {
  const data = membersOf(dataOf(message));
  const isLayer = data['mid'] !== undefined && (data['substream'] ?? data['temporal']) !== undefined;
  return data['videoroom'] === 'talking' || isLayer;
}

/** A message as text without what depends on media: who talks, and which layers go out. */
function withoutMedia(text: string): string {
  return text
    .replaceAll(/,"talking":(?:true|false)/g, '')
    .replaceAll(/"(substream|temporal-layer)":-?\d/g, '"$1":-1');
}

/** What the plugin told a client unasked. Janus says `unpublished` on the request, and again when the connection goes. */
function unasked(all: readonly Told[]): readonly string[] {
  const told = all.filter((message) => message['transaction'] === undefined && dataOf(message) !== undefined);
  const texts = told
    .filter((message) => !isFromMedia(message))
    .map((message) => withoutMedia(plain(message)));
  return texts.filter((text, at) => text !== texts[at - 1]);
}

test('publishers and a subscriber are served as by a real Janus', async () => {
  await using world = openWorld();
  const clients = new Map(['pub1', 'pub2', 'sub'].map((name) => [name, world.connect()]));
  const [first] = clients.values();
  assert.ok(first);
  const replay = new Replay(first);
  const steps = recording('videoroom');
  const recordedOf = (name: string): readonly Told[] =>
    steps.flatMap(({ who, told }) => (who === name && told !== undefined ? [told] : []));

  for (const step of steps)
    await play(world, replay, clients.get(step.who ?? ''), step, recordedOf(step.who ?? ''));

  for (const [name, client] of clients) {
    const ours = client.told.map((message) => membersOf(JSON.parse(replay.inRecordedIds(message))));
    assert.deepEqual(unasked(ours), unasked(recordedOf(name)), name);
  }
});

async function play(
  world: JanusWorld,
  replay: Replay,
  client: JanusClient | undefined,
  { seq, ask }: Step,
  recorded: readonly Told[],
): Promise<void> {
  if (ask === undefined || unknown.has(String(member(ask, 'body', 'request')))) return;
  const theirs = toldAbout(recorded, ask['transaction']);
  const ours = toldAbout(await replay.ask(ask, client), ask['transaction']);
  replay.learn(theirs[0] ?? {}, ours[0]);
  const isJoined = member(dataOf(theirs.at(-1)), 'videoroom') === 'joined';
  if (isJoined) replay.learnData(dataOf(theirs.at(-1)), dataOf(ours.at(-1)));
  assert.deepEqual(
    ours.map((message) => withoutMedia(replay.inRecordedIds(message))),
    theirs.map((message) => withoutMedia(plain(message))),
    `step ${seq}`,
  );
  if (connecting.has(seq)) world.peer.connect(farEnd);
  await world.clock.run(0);
}
