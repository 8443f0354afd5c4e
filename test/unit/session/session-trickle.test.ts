import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionDefaults } from '../../support/new-session.ts';
import {
  answer,
  candidate,
  complete,
  done,
  failed,
  offer,
  start,
  trickled,
} from '../../support/session-run.ts';

test('candidates wait until the backend has the description they belong to, 64 of them', () => {
  const { driver, said } = start({ offer });
  said();

  for (let count = 0; count < 100; count += 1) driver.post({ type: 'client_candidate', candidate });
  driver.post({ type: 'client_candidate', candidate: undefined });
  assert.deepEqual(said(), []);
  driver.post(done(1, answer));
  const flushed = said();
  driver.post({ type: 'client_candidate', candidate });

  assert.deepEqual(flushed.slice(0, 2), ['event answer', 'backend 2 add_candidate']);
  assert.equal(flushed.length, 1 + 64 + 1);
  assert.deepEqual(said(), ['backend 67 add_candidate']);
});

test('candidates of a callee who trickles before it answers wait for its answer', () => {
  const { driver, said } = start({ type: 'listen' });
  driver.post(done(1, offer));
  said();

  driver.post({ type: 'client_candidate', candidate });
  driver.post({ type: 'set_answer', request: 1, answer });
  assert.deepEqual(said(), ['backend 2 accept']);
  driver.post(done(2));

  assert.deepEqual(said(), ['reply 1 ok', 'event answer', 'backend 3 add_candidate']);
});

test('candidates whose description has not come after 45 s are given up', () => {
  const { clock, driver, said } = start({ type: 'listen' });
  driver.post(done(1, offer));
  driver.post({ type: 'client_candidate', candidate });
  clock.advance(45_000);
  said();

  driver.post({ type: 'set_answer', request: 1, answer });
  driver.post(done(2));

  assert.deepEqual(said(), ['backend 2 accept', 'reply 1 ok', 'event answer']);
});

test('an offer to be gathered is held until the client has no more candidates', () => {
  const { driver, outputs, said } = start({ offer: trickled, gathersOffer: true });
  driver.post({ type: 'get_offer', request: 1 });
  driver.post({ type: 'client_candidate', candidate });
  assert.deepEqual(said(), []);

  driver.post({ type: 'client_candidate', candidate: undefined });

  assert.deepEqual(outputs, [
    { type: 'reply', request: 1, result: complete },
    {
      type: 'backend',
      operation: 1,
      request: { type: 'open', role: 'offeree', offer: complete, media: sessionDefaults.media },
    },
  ]);
});

test('gathering ends with trickle_ice_timeout, and candidates that come later are dropped', () => {
  const { clock, driver, said } = start({ offer: trickled, gathersOffer: true, trickleTimeoutMs: 100 });
  driver.post({ type: 'client_candidate', candidate });

  clock.advance(100);
  assert.deepEqual(said(), ['backend 1 open']);
  driver.post({ type: 'client_candidate', candidate });
  driver.post(done(1, answer));

  assert.deepEqual(said(), ['event answer']);
});

test('gathering without a candidate ends the session, at the end of them or at the timeout', () => {
  const early = start({ offer: trickled, gathersOffer: true });
  const late = start({ offer: trickled, gathersOffer: true });

  early.driver.post({ type: 'client_candidate', candidate: undefined });
  late.clock.advance(5000);

  assert.deepEqual(early.said(), ['event destroyed', 'ended no_ice_candidates']);
  assert.deepEqual(late.said(), ['event destroyed', 'ended no_ice_candidates']);
});

test('an answer to be gathered is taken at once, and given to the backend when it is complete', () => {
  const { driver, outputs, said } = start({ type: 'listen', gathersAnswer: true });
  driver.post(done(1, offer));
  said();

  driver.post({ type: 'client_candidate', candidate });
  driver.post({ type: 'set_answer', request: 1, answer: trickled });
  driver.post({ type: 'set_answer', request: 2, answer });
  assert.deepEqual(said(), ['reply 1 ok', 'reply 2 answer_already_set']);
  driver.post({ type: 'client_candidate', candidate: undefined });

  assert.deepEqual(outputs, [
    { type: 'backend', operation: 2, request: { type: 'accept', answer: complete } },
  ]);
});

test('a backend that refuses an answer which was taken before ends the session', () => {
  const { driver, said } = start({ type: 'listen', gathersAnswer: true });
  driver.post(done(1, offer));
  driver.post({ type: 'set_answer', request: 1, answer: trickled });
  driver.post({ type: 'client_candidate', candidate });
  driver.post({ type: 'client_candidate', candidate: undefined });
  said();

  driver.post(failed(2, 'invalid_sdp'));

  assert.deepEqual(said(), ['event destroyed', 'ended invalid_sdp']);
});

test('a trickling description of the backend is gathered too, if the client wants that', () => {
  const { driver, outputs, said } = start({ offer, gathersAnswer: true, backend: 'nkmedia_kms' });
  driver.post({ type: 'get_answer', request: 1 });
  driver.post(done(1, trickled));
  driver.post({ type: 'leg', event: { type: 'candidate', candidate } });
  assert.deepEqual(said(), ['backend 1 open']);

  driver.post({ type: 'leg', event: { type: 'candidate', candidate: undefined } });

  const gathered = { ...complete, sdp_type: 'webrtc', backend: 'nkmedia_kms' };
  assert.deepEqual(outputs, [
    { type: 'reply', request: 1, result: gathered },
    { type: 'event', event: { type: 'answer', body: { answer: gathered } } },
  ]);
});

test('candidates of a backend that trickles before it answers are told after its answer', () => {
  const { driver, said } = start({ offer });
  said();

  driver.post({ type: 'leg', event: { type: 'candidate', candidate } });
  driver.post({ type: 'leg', event: { type: 'candidate', candidate: undefined } });
  assert.deepEqual(said(), []);
  driver.post(done(1, trickled));

  assert.deepEqual(said(), ['event answer', 'event candidate', 'event candidate_end']);
});

test('candidates of a backend that come before its description are gathered into it', () => {
  const { driver, outputs, said } = start({ type: 'listen', gathersOffer: true });
  driver.post({ type: 'leg', event: { type: 'candidate', candidate } });
  driver.post({ type: 'leg', event: { type: 'candidate', candidate: undefined } });
  said();

  driver.post(done(1, trickled));

  const gathered = { ...complete, sdp_type: 'webrtc' };
  assert.deepEqual(outputs, [{ type: 'event', event: { type: 'offer', body: { offer: gathered } } }]);
});

test('a candidate of the backend that is not gathered is told to the client', () => {
  const { driver, said } = start({ offer });
  driver.post(done(1, trickled));
  said();

  driver.post({ type: 'leg', event: { type: 'candidate', candidate } });
  driver.post({ type: 'leg', event: { type: 'candidate', candidate: undefined } });

  assert.deepEqual(said(), ['event candidate', 'event candidate_end']);
});
