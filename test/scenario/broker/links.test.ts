import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker } from '../../support/test-broker.ts';

const offer = { sdp: 'v=0' };
const answer = { sdp: 'v=0 answer' };
const line = 'candidate:1 1 udp 1 192.0.2.1 9 typ host';

/** A broker with p2p sessions of those ids; a slave follows the first. */
async function linked(slaves: readonly string[], extra: object = {}): Promise<[TestBroker, FakeCaller]> {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  await broker.ask(caller, 'create', { type: 'p2p', session_id: 'm', offer });
  for (const session_id of slaves)
    await broker.ask(caller, 'create', { type: 'p2p', session_id, offer, master_id: 'm', ...extra });
  return [broker, caller];
}

function heard({ events }: FakeCaller, type: string): string[] {
  return events.filter((event) => event.type === type).map(({ obj_id }) => obj_id);
}

test('a slave can be linked and unlinked at any time, and both sides know', async () => {
  const [broker, caller] = await linked([]);
  await broker.ask(caller, 'create', { type: 'p2p', session_id: 's', offer });
  const info = async (session_id: string): Promise<Record<string, unknown>> =>
    dataOf(await broker.ask(caller, 'get_info', { session_id }));

  await broker.ask(caller, 'link', { session_id: 's', master_id: 'm', stop_after_peer: false });
  assert.deepEqual([(await info('m'))['slave_ids'], (await info('s'))['master_id']], [['s'], 'm']);
  assert.equal((await info('s'))['stop_after_peer'], false);
  await broker.ask(caller, 'unlink', { session_id: 'm', peer_id: 's' });

  assert.deepEqual([(await info('m'))['slave_ids'], (await info('s'))['master_id']], [undefined, undefined]);
  await broker.ask(caller, 'destroy', { session_id: 'm' });
  assert.deepEqual(broker.sessions.ids(), ['s']);
});

test('a link that cannot be is refused, and changes nothing', async () => {
  const [broker, caller] = await linked(['s']);
  const link = async (session_id: string, master_id: string, rest = {}): Promise<string> =>
    errorOf(await broker.ask(caller, 'link', { session_id, master_id, ...rest }));
  await broker.ask(caller, 'create', { type: 'echo', session_id: 'e', offer });

  assert.equal(await link('m', 'm'), 'invalid_parameters');
  assert.equal(await link('m', 's'), 'invalid_parameters');
  assert.equal(await link('s', 'e'), 'invalid_state');
  assert.equal(await link('x', 'm'), 'session_not_found');
  assert.equal(await link('m', 'x'), 'session_not_found');
  assert.equal(await link('e', 'm', { set_master_answer: true }), 'invalid_state');
  const unlink = await broker.ask(caller, 'unlink', { session_id: 's', peer_id: 'e' });
  assert.equal(errorOf(unlink), 'unknown_peer');
  assert.equal((await broker.ask(caller, 'unlink', { session_id: 'e' })).result, 'ok');
});

test('of several slaves none ends the master but the last one', async () => {
  const [broker, caller] = await linked(['r', 's', 't']);

  await broker.ask(caller, 'destroy', { session_id: 't' });
  await broker.ask(caller, 'destroy', { session_id: 'r' });
  assert.deepEqual(broker.sessions.ids(), ['m', 's']);
  await broker.ask(caller, 'destroy', { session_id: 's' });

  assert.deepEqual(heard(caller, 'destroyed'), ['t', 'r', 's', 'm']);
  assert.equal(broker.clock.pending, 0);
});

test('a master takes its slaves with it, but those that do not stop after it', async () => {
  const [broker, caller] = await linked(['s']);
  await broker.ask(caller, 'create', {
    type: 'p2p',
    session_id: 'free',
    master_id: 'm',
    stop_after_peer: false,
  });

  await broker.ask(caller, 'destroy', { session_id: 'm' });

  assert.deepEqual(broker.sessions.ids(), ['free']);
  assert.deepEqual(heard(caller, 'destroyed'), ['m', 's']);
});

test('an answer for the master counts when the master has taken it; a refusal harms nobody', async () => {
  const [broker, caller] = await linked(['r', 's'], { set_master_answer: true });
  const set = (session_id: string): ReturnType<TestBroker['ask']> =>
    broker.ask(caller, 'set_answer', { session_id, answer });

  const [first, second] = [await set('r'), await set('s')];

  assert.deepEqual([first.result, errorOf(second)], ['ok', 'answer_already_set']);
  assert.deepEqual(heard(caller, 'answer'), ['m']);
  assert.equal(dataOf(await broker.ask(caller, 'get_answer', { session_id: 'm' }))['sdp'], answer.sdp);
  assert.equal(dataOf(await broker.ask(caller, 'get_info', { session_id: 's' }))['answer'], undefined);
  await broker.ask(caller, 'destroy', { session_id: 's' });
  assert.deepEqual(broker.sessions.ids(), ['m', 'r']);
});

test('a slave whose backend answered ends if its master refuses the answer, and the master lives', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  await broker.echo(caller, { session_id: 'm' });

  const reply = await broker.ask(caller, 'create', {
    type: 'echo',
    session_id: 's',
    offer,
    master_id: 'm',
    set_master_answer: true,
  });
  await broker.pass();

  assert.equal(errorOf(reply), 'answer_already_set');
  assert.deepEqual(broker.sessions.ids(), ['m']);
  assert.equal(dataOf(await broker.ask(caller, 'get_info', { session_id: 'm' }))['slave_id'], undefined);
});

test('candidates go to all slaves until one has answered, then to that one, and from that one alone', async () => {
  const [broker, caller] = await linked([]);
  const trickle = async (session_id: string): Promise<string[]> => {
    const before = heard(caller, 'candidate').length;
    await broker.ask(caller, 'set_candidate', { session_id, sdpMLineIndex: 0, candidate: line });
    return heard(caller, 'candidate').slice(before);
  };

  assert.deepEqual(await trickle('m'), []);
  for (const session_id of ['r', 's'])
    await broker.ask(caller, 'create', { type: 'p2p', session_id, offer, master_id: 'm' });
  assert.deepEqual(heard(caller, 'candidate'), ['r', 's'], 'what was trickled before the link');
  assert.deepEqual([await trickle('m'), await trickle('r')], [['r', 's'], []]);
  await broker.ask(caller, 'set_answer', { session_id: 's', answer });
  assert.deepEqual([await trickle('m'), await trickle('r'), await trickle('s')], [['s'], [], []]);
  const before = heard(caller, 'candidate').length;
  await broker.ask(caller, 'set_answer', { session_id: 'm', answer });
  assert.deepEqual(heard(caller, 'candidate').slice(before), ['m'], 'what was trickled before the answer');

  assert.deepEqual([await trickle('m'), await trickle('r'), await trickle('s')], [['s'], [], ['m']]);
});

test('what a callee trickled before it was linked waits for the answer too', async () => {
  const [broker, caller] = await linked([]);
  await broker.ask(caller, 'create', { type: 'p2p', session_id: 's', offer, peer_id: 'm' });
  await broker.ask(caller, 'set_candidate', { session_id: 's', sdpMLineIndex: 0, candidate: line });

  await broker.ask(caller, 'link', { session_id: 's', master_id: 'm' });
  assert.deepEqual(heard(caller, 'candidate'), []);
  await broker.ask(caller, 'set_answer', { session_id: 'm', answer });

  assert.deepEqual(heard(caller, 'candidate'), ['m']);
});

test('of a session that ends while it is made its creator hears all, and stays subscribed to nothing', async () => {
  const [broker, caller] = await linked([]);
  await broker.ask(caller, 'set_candidate_end', { session_id: 'm' });

  const trickled = { ...offer, trickle_ice: true };
  const callee = { type: 'p2p', session_id: 's', peer_id: 'm', master_id: 'm', stop_after_peer: false };
  await broker.ask(caller, 'create', { ...callee, offer: trickled, no_offer_trickle_ice: true });

  assert.deepEqual(
    caller.events.filter(({ obj_id }) => obj_id === 's').map(({ type }) => type),
    ['created', 'destroyed'],
  );
  assert.ok(!broker.subscriptions.of(caller).some(({ obj_id }) => obj_id === 's'));
});

test('a session that dies of a bug takes with it those that follow it, each told once', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  await broker.echo(caller, { session_id: 'm' });
  await broker.echo(caller, { session_id: 's', master_id: 'm' });
  const [leg] = broker.backend.legs;
  if (leg !== undefined) leg.bug = new Error('a bug');

  const reply = await broker.ask(caller, 'update_media', { session_id: 'm', mute_audio: true });
  await broker.pass();

  assert.equal(errorOf(reply), 'internal_error');
  assert.deepEqual(heard(caller, 'destroyed'), ['m', 's']);
  assert.equal(Reflect.get(caller.events.at(-1)?.body ?? {}, 'name'), 'peer_stopped');
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.equal(broker.clock.pending, 0);
});
