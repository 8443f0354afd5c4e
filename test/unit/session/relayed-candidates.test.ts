import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId, type SessionId } from '#schemas';
import type { SessionConfig } from '#services/session';
import {
  answer,
  candidate,
  complete,
  done,
  offer,
  start,
  trickled,
  type Run,
} from '../../support/session-run.ts';

const master = sessionId('master');
const one = sessionId('one');
const other = sessionId('other');
const second = 'candidate:2 1 udp 1 192.0.2.2 9 typ host';

/** A session that only relays, with an offer and two that follow it. */
function caller(config: Partial<SessionConfig> = {}): Run {
  const run = start({ type: 'p2p', offer, ...config });
  for (const peer of [one, other]) run.driver.post({ type: 'linked', peer });
  return run;
}

/** A session that only relays, and follows a caller. */
function callee(config: Partial<SessionConfig>): Run {
  return start({ type: 'p2p', masterId: master, peerId: master, ...config });
}

function trickle({ driver }: Run, from: SessionId, line: string = candidate.candidate): void {
  driver.post({
    type: 'peer',
    from,
    event: { type: 'candidate', candidate: { ...candidate, candidate: line } },
  });
}

function endOfCandidates({ driver }: Run, from: SessionId): void {
  driver.post({ type: 'peer', from, event: { type: 'candidate', candidate: undefined } });
}

test('linked p2p sessions trickle to each other', () => {
  const run = caller();
  run.driver.post({ type: 'set_answer', request: 1, answer });
  run.said();

  run.driver.post({ type: 'client_candidate', candidate });
  trickle(run, one);

  assert.deepEqual(run.outputs, [
    { type: 'peer', to: 'one', event: { type: 'candidate', candidate } },
    { type: 'peer', to: 'other', event: { type: 'candidate', candidate } },
    { type: 'event', event: { type: 'candidate', body: candidate } },
  ]);
});

test('a callee hears its caller at once, whose offer it has', () => {
  const run = callee({ offer });

  trickle(run, master);

  assert.deepEqual(run.said(), ['event candidate']);
});

test('what callees trickle before there is an answer follows it, and of the one that answered alone', () => {
  const run = caller();
  trickle(run, one);
  trickle(run, other, second);
  endOfCandidates(run, other);
  assert.deepEqual(run.said(), []);

  run.driver.post({ type: 'peer', from: other, event: { type: 'answer', answer } });

  assert.deepEqual(
    run.outputs.flatMap((output) => (output.type === 'event' ? [output.event] : [])),
    [
      { type: 'answer', body: { answer } },
      { type: 'candidate', body: { ...candidate, candidate: second } },
      { type: 'candidate_end', body: {} },
    ],
  );
});

test('where nobody says who answered, what all callees trickled follows the answer, 64 of each', () => {
  const run = caller();
  for (let count = 0; count < 100; count += 1) trickle(run, one);
  trickle(run, other);
  run.said();

  run.driver.post({ type: 'set_answer', request: 1, answer });

  const said = run.said();
  assert.deepEqual(said.slice(0, 3), ['reply 1 ok', 'event answer', 'event candidate']);
  assert.equal(said.length, 2 + 64 + 1);
});

test('what a callee trickled is forgotten when it ends or is unlinked', () => {
  const run = caller({ stopAfterPeer: false });
  trickle(run, one);
  trickle(run, other);
  run.driver.post({ type: 'peer', from: one, event: { type: 'ended' } });
  run.driver.post({ type: 'peer', from: other, event: { type: 'unlinked' } });
  run.said();

  run.driver.post({ type: 'set_answer', request: 1, answer });

  assert.deepEqual(run.said(), ['reply 1 ok', 'event answer']);
});

test('an answer to be gathered takes in what its callee trickled before and after it, and no other', () => {
  const run = caller({ gathersAnswer: true });
  trickle(run, one, second);
  trickle(run, other);

  run.driver.post({ type: 'peer', from: other, event: { type: 'answer', answer: trickled } });
  trickle(run, one, second);
  endOfCandidates(run, one);
  assert.deepEqual(run.said(), ['peer answer_taken']);
  endOfCandidates(run, other);

  assert.deepEqual(run.outputs, [{ type: 'event', event: { type: 'answer', body: { answer: complete } } }]);
});

test('an answer to be gathered at a callee takes in what was trickled before it', () => {
  const run = callee({ offer, gathersAnswer: true });
  run.driver.post({ type: 'client_candidate', candidate });
  run.driver.post({ type: 'client_candidate', candidate: undefined });
  run.clock.advance(50_000);
  assert.deepEqual(run.said(), []);

  run.driver.post({ type: 'set_answer', request: 1, answer: trickled });

  assert.deepEqual(run.said(), ['reply 1 ok', 'peer answered', 'event answer']);
  assert.deepEqual(run.session.info.answer, complete);
});

test('candidates that came before an answer that is complete without them still reach the caller', () => {
  const run = callee({ offer, gathersAnswer: true });
  run.driver.post({ type: 'client_candidate', candidate });

  run.driver.post({ type: 'set_answer', request: 1, answer });

  assert.deepEqual(run.said(), ['reply 1 ok', 'peer answered', 'event answer', 'peer candidate']);
});

test('an answer to be gathered takes in what all callees trickled, if nobody says who answered', () => {
  const run = caller({ gathersAnswer: true });
  trickle(run, one);
  endOfCandidates(run, one);
  trickle(run, other, second);

  run.driver.post({ type: 'set_answer', request: 1, answer: trickled });
  assert.deepEqual(run.said(), ['reply 1 ok']);
  endOfCandidates(run, other);

  assert.deepEqual(run.said(), ['event answer']);
  const { sdp = '' } = run.session.info.answer ?? {};
  assert.ok(sdp.includes(candidate.candidate) && sdp.includes(second), sdp);
});

test('a master with media of its own goes on when a slave ends whose answer it still gathers', () => {
  const run = start({ type: 'listen', gathersAnswer: true, stopAfterPeer: false });
  run.driver.post(done(1, offer));
  run.driver.post({ type: 'linked', peer: one });
  run.driver.post({ type: 'peer', from: one, event: { type: 'answer', answer: trickled } });
  run.said();

  run.driver.post({ type: 'peer', from: one, event: { type: 'ended' } });
  run.driver.post({ type: 'client_candidate', candidate });
  run.driver.post({ type: 'client_candidate', candidate: undefined });

  assert.deepEqual(run.said(), ['backend 2 accept']);
});

test('a callee whose offer was gathered keeps what it trickles for its answer', () => {
  const both = { gathersOffer: true, gathersAnswer: true };
  const run = start({ type: 'p2p', offer: trickled, peerId: master, ...both });
  run.driver.post({ type: 'client_candidate', candidate });
  run.driver.post({ type: 'client_candidate', candidate: undefined });
  run.driver.post({ type: 'link', master, settings: {} });
  run.said();

  run.driver.post({ type: 'client_candidate', candidate: { ...candidate, candidate: second } });
  assert.deepEqual(run.said(), []);
  run.driver.post({ type: 'set_answer', request: 1, answer });

  assert.deepEqual(run.said(), ['reply 1 ok', 'peer answered', 'event answer', 'peer candidate']);
});

test('a callee without an offer, which can have no answer, keeps nothing', () => {
  const run = callee({ gathersAnswer: true });

  run.driver.post({ type: 'client_candidate', candidate });

  assert.deepEqual(run.said(), ['peer candidate']);
});
