import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

const line = 'candidate:1 1 udp 1 192.0.2.1 9 typ host';
const sdp =
  'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n';
const trickled = { sdp, trickle_ice: true };

test('candidates follow a trickled offer to the backend (nkmedia-api.md B6)', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller, { offer: trickled });
  const candidate = { session_id, sdpMid: 'a', sdpMLineIndex: 0, candidate: line };

  await broker.ask(caller, 'set_candidate', candidate);
  await broker.pass();
  await broker.ask(caller, 'set_candidate', { ...candidate, sdpMid: null });
  await broker.ask(caller, 'set_candidate', { ...candidate, candidate: '' });
  await broker.ask(caller, 'set_candidate_end', { session_id });

  const [leg] = broker.backend.legs;
  assert.deepEqual(leg?.opened.offer, { ...trickled, sdp_type: 'webrtc' });
  assert.deepEqual(leg.asked, [
    { type: 'add_candidate', candidate: { sdpMid: 'a', sdpMLineIndex: 0, candidate: line } },
    { type: 'add_candidate', candidate: { sdpMLineIndex: 0, candidate: line } },
    { type: 'add_candidate', candidate: undefined },
  ]);
});

test('with no_offer_trickle_ice nothing reaches the backend until the end of candidates', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller, { offer: trickled, no_offer_trickle_ice: true });
  await broker.ask(caller, 'set_candidate', { session_id, sdpMid: '', sdpMLineIndex: 1, candidate: line });
  await broker.ask(caller, 'set_candidate', { session_id, sdpMid: 'a', sdpMLineIndex: 7, candidate: line });
  const answer = await broker.ask(caller, 'set_answer', { session_id, answer: { sdp: 'v=0' } });
  await broker.pass(4999);
  assert.equal(errorOf(answer), 'offer_not_set');
  assert.equal(broker.backend.legs.length, 0);

  await broker.ask(caller, 'set_candidate_end', { session_id });
  await broker.pass();

  const [leg] = broker.backend.legs;
  assert.equal(leg?.opened.offer?.trickle_ice, false);
  assert.deepEqual(leg.opened.offer.sdp.split('\r\n'), [
    'v=0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:a',
    `a=${line}`,
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:v',
    `a=${line}`,
    '',
  ]);
  assert.deepEqual(typesOf(caller), ['created', 'answer']);
});

for (const [word, mid] of [
  ['an empty', { sdpMid: '' }],
  ['a null', { sdpMid: null }],
  ['no', {}],
] as const) {
  const second = { ...mid, sdpMLineIndex: 1, candidate: line };

  test(`a candidate with ${word} sdpMid is passed on with its index alone`, async () => {
    const broker = new TestBroker();
    const caller = new FakeCaller();
    const session_id = await broker.echo(caller, { offer: trickled });

    await broker.ask(caller, 'set_candidate', { session_id, ...second });
    await broker.pass();

    const passed = { sdpMLineIndex: 1, candidate: line };
    assert.deepEqual(broker.backend.legs[0]?.asked, [{ type: 'add_candidate', candidate: passed }]);
  });

  test(`a candidate with ${word} sdpMid is gathered into the m-line of its index`, async () => {
    const broker = new TestBroker();
    const caller = new FakeCaller();
    const session_id = await broker.echo(caller, { offer: trickled, no_offer_trickle_ice: true });

    await broker.ask(caller, 'set_candidate', { session_id, ...second });
    await broker.ask(caller, 'set_candidate_end', { session_id });
    await broker.pass();

    assert.equal(broker.backend.legs[0]?.opened.offer?.sdp, `${sdp}a=${line}\r\n`);
  });
}

test('gathering without a candidate destroys the session, and fails who waits', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const reply = broker.ask(caller, 'create', {
    type: 'echo',
    offer: trickled,
    no_offer_trickle_ice: true,
    wait_reply: true,
  });

  await broker.pass(5000);

  assert.equal(errorOf(await reply), 'no_ice_candidates');
  assert.deepEqual(caller.events.at(-1)?.body, {
    code: 300014,
    reason: 'No ICE candidates',
    name: 'no_ice_candidates',
  });
  assert.equal(broker.clock.pending, 0);
});
