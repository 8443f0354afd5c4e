import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusRefusal, readEnvelope, readJsep, readTrickle } from '#janus/protocol';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n';

/** The code and the text of what `act` throws. */
function refusal(act: () => unknown): unknown[] {
  try {
    act();
    return [];
  } catch (cause) {
    if (cause instanceof JanusRefusal) return [cause.code, cause.message];
    throw cause;
  }
}

test('verbs are matched without regard to case, and told as they were spelt', () => {
  const { verb, spelling } = readEnvelope({ janus: 'CrEaTe', transaction: 't' });

  assert.deepEqual([verb, spelling], ['create', 'CrEaTe']);
});

test('an id is a positive safe integer; what cannot be a handle is told from no handle', () => {
  const ids = (session_id: unknown, handle_id: unknown): unknown[] => {
    const { sessionId, handleId } = readEnvelope({ janus: 'x', transaction: 't', session_id, handle_id });
    return [sessionId, handleId];
  };

  assert.deepEqual(ids(7, 8), [7, 8]);
  assert.deepEqual(ids('7', null), [undefined, undefined]);
  assert.deepEqual(ids(0, 0), [undefined, null]);
  assert.deepEqual(ids(2 ** 53, '8'), [undefined, null]);
  assert.deepEqual(ids(-1, 1.5), [undefined, null]);
});

test('the type of a description is matched without regard to case', () => {
  assert.deepEqual(readJsep({ type: 'OFFER', sdp, trickle: false, more: 1 }), {
    type: 'offer',
    sdp,
    trickle: false,
  });
  assert.equal(readJsep(null), undefined);
  assert.equal(readJsep(undefined), undefined);
});

test('an SDP beyond the limit is refused before it is parsed', () => {
  assert.deepEqual(
    refusal(() => readJsep({ type: 'offer', sdp: sdp.padEnd(65_537, 'x') })),
    [465, 'Invalid SDP (longer than 65536)'],
  );
});

test('candidates are read one by one or as a list', () => {
  const candidate = 'candidate:1 1 udp 1 127.0.0.1 9 typ host';

  assert.deepEqual(readTrickle({ candidate: { candidate, sdpMid: 'a' } }), {
    candidates: [{ candidate, sdpMLineIndex: 0, sdpMid: 'a' }],
  });
  assert.deepEqual(
    readTrickle({ candidates: [{ candidate, sdpMLineIndex: 1 }, 7, { candidate: '' }, { completed: true }] }),
    { candidates: [{ candidate, sdpMLineIndex: 1 }, { completed: true }, { completed: true }] },
  );
});

test('a list of candidates and the text of one have a bound', () => {
  const one = { candidate: 'candidate:1', sdpMLineIndex: 0 };

  assert.equal(readTrickle({ candidates: Array.from({ length: 20_000 }, () => one) }).candidates.length, 64);
  assert.equal(readTrickle({ candidate: { ...one, candidate: 'x'.repeat(1025) } }).candidates.length, 0);
});

test('why a candidate cannot be used is kept beside it', () => {
  const why = (message: object): string | undefined => readTrickle(message).refusal?.message;

  assert.equal(why({ candidate: {} }), 'Trickle error: missing mandatory element (candidate)');
  assert.equal(
    why({ candidate: { candidate: 5, sdpMid: '0' } }),
    'Trickle error: invalid element type (candidate should be a string)',
  );
  assert.equal(
    why({ candidate: { candidate: 'x' } }),
    'Trickle error: missing mandatory element (sdpMid or sdpMLineIndex)',
  );
  assert.equal(why({ candidates: 'x' }), 'candidates is not an array');
});
