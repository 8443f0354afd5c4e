import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Handle, type HandleInput, type HandleOutput } from '../../../backend-janus/gateway/handle/index.ts';
import { offerSdp } from '../../support/offer-sdp.ts';

const identity = { sessionId: 1, handleId: 2, package: 'janus.plugin.x' };
const offer = { type: 'offer', sdp: offerSdp } as const;
const answer = { type: 'answer', sdp: offerSdp } as const;
const stream = { mid: '0', kind: 'audio' } as const;
const candidate = { candidate: 'candidate:1 1 udp 1 127.0.0.1 1 typ host', sdpMLineIndex: 0 };

/** A handle, and its outputs in a word or two each. */
class Run {
  readonly handle = new Handle(identity, 45_000);
  now = 0;
  #transactions = 0;

  feed(...inputs: readonly HandleInput[]): string[] {
    return inputs.flatMap((input) => this.handle.handle(input, this.now).map(word));
  }

  tick(now: number): string[] {
    this.now = now;
    return this.handle.tick(now).map(word);
  }

  request(): { readonly transaction: string; readonly sessionId: 1; readonly from: { send(): void } } {
    this.#transactions += 1;
    return { transaction: `t${this.#transactions}`, sessionId: 1, from: { send: () => undefined } };
  }

  message(jsep?: typeof offer | typeof answer): HandleInput {
    return { type: 'message', request: { ...this.request(), body: {}, ...(jsep && { jsep }) } };
  }

  trickle(...candidates: readonly (typeof candidate | { readonly completed: true })[]): HandleInput {
    return { type: 'trickle', request: this.request(), trickle: { candidates } };
  }

  /** Takes an offer and answers it, until the peer connection is up. */
  connect(): void {
    this.feed(
      this.message(offer),
      acked(1),
      { type: 'peer_opened' },
      { type: 'negotiated', streams: [stream] },
      late(1),
      { type: 'peer', event: { type: 'connected' } },
    );
  }
}

function acked(operation: number): HandleInput {
  return { type: 'handled', operation, outcome: { type: 'ack' } };
}

function late(operation: number, isError = false): HandleInput {
  return { type: 'late_event', operation, event: { data: {} }, isError };
}

/** The kind of an output, and what a client would tell it by. */
function word(output: HandleOutput): string {
  switch (output.type) {
    case 'reply':
    case 'tell': {
      const { janus, transaction, error, reason } = {
        transaction: '',
        error: {},
        reason: '',
        ...output.message,
        janus: 'janus' in output.message ? output.message.janus : '',
      };
      const code = 'code' in error ? error.code : '';
      return [janus, transaction, code, reason].filter((part) => part !== '').join(' ');
    }
    case 'plugin_message':
      return `plugin ${output.operation}${output.message.isUpdate ? ' update' : ''}`;
    case 'plugin_hook':
      return `hook ${output.hook.type}`;
    case 'report':
      return `report ${output.report.type}`;
    case 'listen':
    case 'unlisten':
    case 'add_candidate':
    case 'release_peer':
    case 'ended':
      return output.type;
  }
}

/** Outputs without what goes to event handlers. */
function heard(words: readonly string[]): string[] {
  return words.filter((text) => !text.startsWith('report'));
}

test('a message waits until the event of the one before was pushed', () => {
  const run = new Run();

  assert.deepEqual(run.feed(run.message()), ['plugin 1']);
  assert.deepEqual(run.feed(acked(1)), ['ack t1']);
  assert.deepEqual(run.feed(run.message(), run.message()), []);
  assert.deepEqual(run.feed(late(1)), ['event t1', 'plugin 2']);
  const outcome = { type: 'ok', data: {}, isError: false } as const;
  assert.deepEqual(run.feed({ type: 'handled', operation: 2, outcome }), ['success t2', 'plugin 3']);
});

test('messages that wait have a bound', () => {
  const run = new Run();
  run.feed(run.message(), acked(1));
  for (let left = 32; left > 0; left -= 1) assert.deepEqual(run.feed(run.message()), []);

  assert.deepEqual(run.feed(run.message()), ['error t34 490']);
});

test('a promised event that does not come is replaced after 30 seconds', () => {
  const run = new Run();
  run.feed(run.message(), acked(1), run.message());

  assert.equal(run.handle.deadline, 30_000);
  assert.deepEqual(run.tick(29_999), []);
  assert.deepEqual(run.tick(30_000), ['event t1', 'plugin 2']);
  assert.deepEqual(run.feed(late(1)), []);
});

test('an answer without an offer of ours is refused, whatever its SDP', () => {
  const run = new Run();

  assert.deepEqual(run.feed(run.message(answer)), ['error t1 469']);
  assert.deepEqual(run.feed(run.message()), ['plugin 1']);
});

test('an answer to our offer reaches the plugin', () => {
  const run = new Run();
  run.feed(run.message(), acked(1), { type: 'peer_opened' }, { type: 'offered' }, late(1));

  assert.deepEqual(heard(run.feed(run.message(answer))), ['plugin 2']);
  assert.deepEqual(run.feed(run.trickle(candidate)), ['ack t3']);
  assert.deepEqual(heard(run.feed({ type: 'negotiated', streams: [] })), ['add_candidate']);
});

test('candidates wait for the description they belong to', () => {
  const run = new Run();

  assert.deepEqual(run.feed(run.trickle(candidate, { completed: true })), ['ack t1']);
  run.feed(run.message(offer), acked(1), { type: 'peer_opened' });
  assert.deepEqual(run.feed(run.trickle(candidate)), ['ack t3']);
  const released = heard(run.feed({ type: 'negotiated', streams: [stream] }));
  const direct = heard(run.feed(run.trickle(candidate)));

  assert.deepEqual(released, ['listen', 'add_candidate', 'add_candidate', 'add_candidate']);
  assert.deepEqual(direct, ['ack t4', 'add_candidate']);
});

test('candidates of a second offer wait until it is answered, or refused', () => {
  const run = new Run();
  run.connect();

  assert.deepEqual(heard(run.feed(run.message(offer), acked(2))), ['plugin 2 update', 'ack t2']);
  assert.deepEqual(run.feed(run.trickle(candidate)), ['ack t3']);
  assert.deepEqual(heard(run.feed(late(2, true))), ['event t2', 'add_candidate']);
});

test('held candidates have a bound, and are of use for 45 seconds', () => {
  const run = new Run();
  run.feed(run.trickle(...Array.from({ length: 40 }, () => candidate)));
  run.now = 45_001;
  run.feed(run.trickle(...Array.from({ length: 40 }, () => candidate)));
  run.feed(run.message(offer), acked(1), { type: 'peer_opened' });

  const added = run.feed({ type: 'negotiated', streams: [] }).filter((text) => text === 'add_candidate');

  assert.equal(added.length, 24);
});

test('the plugin says goodbye before the client hears of the hangup', () => {
  const run = new Run();
  run.connect();

  assert.deepEqual(heard(run.feed({ type: 'hangup', request: run.request() })), [
    'success t2',
    'hook hangup_media',
    'hangup Janus API',
    'release_peer',
  ]);
});

test('each end of a peer connection has its reason', () => {
  const ends = ['local', 'dtls_alert', 'dtls_failed', 'dtls_timeout', 'ice_failed', 'media_timeout'] as const;

  const reasons = ends.map((reason) => {
    const run = new Run();
    run.connect();
    return heard(run.feed({ type: 'peer', event: { type: 'closed', reason } }))[1];
  });

  assert.deepEqual(reasons, [
    'hangup Close PC',
    'hangup DTLS alert',
    'hangup DTLS error',
    'hangup DTLS timeout',
    'hangup ICE failed',
    'hangup ICE failed',
  ]);
});

test('the end of a peer connection is told once, whoever begins it', () => {
  const run = new Run();
  run.connect();
  run.feed({ type: 'close_peer', reason: 'Close PC' });

  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'closed', reason: 'local' } }), []);
  assert.deepEqual(run.feed({ type: 'close_peer', reason: 'Close PC' }), []);
});

test('a hangup without a peer connection still reaches the plugin', () => {
  const run = new Run();

  assert.deepEqual(run.feed({ type: 'hangup', request: run.request() }), ['success t1', 'hook hangup_media']);
});

test('a new description waits for the release of the peer connection before it', () => {
  const run = new Run();
  run.connect();
  run.feed({ type: 'hangup', request: run.request() });

  assert.deepEqual(run.feed(run.message(offer)), []);
  assert.deepEqual(heard(run.feed({ type: 'peer_released' })), ['plugin 2']);
});

test('a release that takes more than 3 seconds refuses the description', () => {
  const run = new Run();
  run.connect();
  run.feed({ type: 'hangup', request: run.request() }, run.message(offer));

  assert.equal(run.handle.deadline, 3000);
  assert.deepEqual(run.tick(3000), ['error t3 471']);
});

test('a first offer that failed leaves no trace', () => {
  const run = new Run();
  run.feed(run.message(offer), acked(1), { type: 'peer_opened' });

  assert.deepEqual(run.feed({ type: 'peer_failed' }), ['release_peer']);
  assert.deepEqual(run.feed(late(1, true)), ['event t1']);
  run.feed({ type: 'peer_released' });
  assert.deepEqual(heard(run.feed(run.message(offer))), ['plugin 2']);
});

test('detaching tells the client once, and ends what the plugin has', () => {
  const run = new Run();
  run.connect();
  run.feed(run.message(), acked(2), run.message());

  const told = heard(run.feed({ type: 'detach', request: run.request() }));

  assert.deepEqual(told, ['success t4', 'hook hangup_media', 'release_peer', 'detached', 'ended']);
  assert.equal(run.handle.hasEnded, true);
  assert.deepEqual(run.feed(late(2)), []);
  assert.deepEqual(run.feed(run.message()), ['error t5 459']);
  assert.equal(run.handle.deadline, undefined);
});

test('a handle whose session died says nothing', () => {
  const run = new Run();
  run.connect();

  assert.deepEqual(heard(run.feed({ type: 'abandon' })), ['hook hangup_media', 'release_peer', 'ended']);
});

test('media and loss are told by kind, in the words of Janus', () => {
  const run = new Run();
  run.connect();
  const flowing = { type: 'peer', event: { type: 'media', mid: '0', isFlowing: true } } as const;
  const unknown = { type: 'peer', event: { type: 'media', mid: '7', isFlowing: true } } as const;
  const lost = { type: 'slow_link', mid: '0', isUplink: true, lostPackets: 3 } as const;

  const [media] = run.handle.handle(flowing, 0);
  const [hook, slow] = run.handle.handle({ type: 'peer', event: lost }, 0);

  const from = { session_id: 1, sender: 2 };
  const receiving = { janus: 'media', ...from, mid: '0', type: 'audio', receiving: true };
  assert.deepEqual(media, { type: 'tell', message: receiving });
  assert.deepEqual(hook, { type: 'plugin_hook', hook: lost });
  const slowLink = { janus: 'slowlink', ...from, mid: '0', media: 'audio', uplink: false, lost: 3 };
  assert.deepEqual(slow, { type: 'tell', message: slowLink });
  assert.deepEqual(run.feed(unknown), []);
});

test('candidates of our own, and a peer that falls silent, are told', () => {
  const run = new Run();
  run.connect();

  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'candidate', candidate } }), [
    'trickle',
    'report 16',
  ]);
  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'candidate', candidate: undefined } }), [
    'trickle',
  ]);
  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'silent' } }), ['ice-failed', 'report 16']);
});

test('an m-line that ended is listened to no more, and its kind is forgotten', () => {
  const run = new Run();
  run.connect();
  const ended = { type: 'peer', event: { type: 'stream_ended', mid: '0' } } as const;

  assert.deepEqual(run.feed(ended), ['unlisten']);
  assert.deepEqual(run.feed(ended), []);
  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'media', mid: '0', isFlowing: false } }), []);
});

test('what a peer connection tells after its end is not heard', () => {
  const run = new Run();
  run.connect();
  run.feed({ type: 'hangup', request: run.request() });

  assert.deepEqual(run.feed({ type: 'peer', event: { type: 'data', label: 'chat', payload: 'x' } }), []);
});
