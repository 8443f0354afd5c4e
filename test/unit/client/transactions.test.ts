import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transactions, type TransactionOutput } from '../../../backend-janus/client/transactions.ts';
import { readIncoming } from '../../../backend-janus/client/incoming.ts';
import type { JanusRequest } from '#janus/protocol';

const message: JanusRequest = { janus: 'message', session_id: 1, handle_id: 2, body: {} };
const plugindata = { plugin: 'janus.plugin.echotest', data: { result: 'ok' } };
const event = { janus: 'event', session_id: 1, sender: 2, plugindata };

class Run {
  now = 0;
  readonly transactions = new Transactions({ inFlight: 2, patienceMs: 30_000 });

  ask(request: number, what: JanusRequest): readonly TransactionOutput[] {
    return this.transactions.handle({ type: 'request', request, message: what }, this.now);
  }

  abandon(request: number): readonly TransactionOutput[] {
    return this.transactions.handle({ type: 'abandon', request }, this.now);
  }

  receive(raw: object): readonly TransactionOutput[] {
    const incoming = readIncoming(raw);
    assert.ok(incoming);
    return this.transactions.handle({ type: 'received', incoming }, this.now);
  }

  tick(now: number): readonly TransactionOutput[] {
    this.now = now;
    return this.transactions.tick(now);
  }
}

function summary(outputs: readonly TransactionOutput[]): string[] {
  return outputs.map((output) => {
    if (output.type === 'event') return `event ${output.sessionId} ${output.event.janus}`;
    if (output.type === 'send') return `send ${JSON.stringify(output.message)}`;
    const { result } = output;
    return `settle ${output.request} ${result instanceof Error ? `${result.name} ${result.message}` : result.janus}`;
  });
}

test('a message is answered by the event that follows its ack', () => {
  const run = new Run();
  run.ask(1, message);

  const acked = run.receive({ janus: 'ack', session_id: 1, transaction: '1' });
  const answered = run.receive({ ...event, transaction: '1' });

  assert.deepEqual(summary(acked), []);
  assert.deepEqual(summary(answered), ['settle 1 event']);
  assert.equal(run.transactions.deadline, undefined);
});

test('an event that overtakes its ack answers the message, and the ack changes nothing', () => {
  const run = new Run();
  run.ask(1, message);

  const answered = run.receive({ ...event, transaction: '1' });
  const acked = run.receive({ janus: 'ack', session_id: 1, transaction: '1' });

  assert.deepEqual(summary(answered), ['settle 1 event']);
  assert.deepEqual(summary(acked), []);
  assert.equal(run.transactions.inFlight, 0);
});

test('a message may be answered at once', () => {
  const run = new Run();
  run.ask(1, message);

  const answered = run.receive({ janus: 'success', session_id: 1, transaction: '1', plugindata });

  assert.deepEqual(summary(answered), ['settle 1 success']);
});

test('trickle and keepalive are answered by their ack', () => {
  const run = new Run();
  run.ask(1, { janus: 'keepalive', session_id: 1 });
  run.ask(2, { janus: 'trickle', session_id: 1, handle_id: 2, candidate: { completed: true } });

  const acks = ['2', '1'].flatMap((transaction) => run.receive({ janus: 'ack', session_id: 1, transaction }));

  assert.deepEqual(summary(acks), ['settle 2 ack', 'settle 1 ack']);
});

test('a refusal of Janus and a refusal of the plugin are errors', () => {
  const run = new Run();
  run.ask(1, message);
  run.ask(2, message);
  const data = { echotest: 'event', error_code: 413, error: 'bad' };

  const refused = run.receive({ janus: 'error', transaction: '1', error: { code: 458, reason: 'gone' } });
  const refusedByPlugin = run.receive({
    ...event,
    transaction: '2',
    plugindata: { ...plugindata, data },
  });

  assert.deepEqual(summary(refused), ['settle 1 JanusError gone']);
  assert.deepEqual(summary(refusedByPlugin), ['settle 2 JanusError bad']);
});

test('an event with an old transaction, or none, is an event of its session', () => {
  const run = new Run();

  const told = [event, { ...event, transaction: '9' }].flatMap((raw) => run.receive(raw));

  assert.deepEqual(summary(told), ['event 1 event', 'event 1 event']);
});

test('an ack starts the patience of 30 s again', () => {
  const run = new Run();
  run.ask(1, message);
  run.now = 29_000;
  run.receive({ janus: 'ack', session_id: 1, transaction: '1' });

  const early = run.tick(58_999);
  const late = run.tick(59_000);

  assert.deepEqual(summary(early), []);
  assert.deepEqual(summary(late), ['settle 1 MediaError Timeout']);
  assert.equal(run.transactions.deadline, undefined);
});

test('the deadline is that of the request which has waited longest without a word', () => {
  const run = new Run();
  run.ask(1, message);
  run.now = 10_000;
  run.ask(2, message);
  run.now = 20_000;

  run.receive({ janus: 'ack', session_id: 1, transaction: '1' });

  assert.equal(run.transactions.deadline, 40_000);
});

test('one request more than may be under way is refused as busy and not sent', () => {
  const run = new Run();
  run.ask(1, message);
  run.ask(2, message);

  const third = run.ask(3, message);

  assert.deepEqual(summary(third), ['settle 3 MediaError Busy']);
});

test('an abandoned request is forgotten, and its late reply answers nobody', () => {
  const run = new Run();
  run.ask(1, message);

  run.abandon(1);
  const late = run.receive({ janus: 'success', session_id: 1, transaction: '1', plugindata });

  assert.deepEqual(summary(late), []);
  assert.equal(run.transactions.inFlight, 0);
});

test('a session that nobody waits for any more is destroyed as soon as its id is known', () => {
  const run = new Run();
  run.ask(1, { janus: 'create' });
  run.abandon(1);

  const late = run.receive({ janus: 'success', transaction: '1', data: { id: 77 } });

  assert.deepEqual(summary(late), ['send {"janus":"destroy","session_id":77,"transaction":"orphan 77"}']);
  assert.equal(run.transactions.inFlight, 0);
});

test('a session made after the patience with its creation has ended is destroyed too', () => {
  const run = new Run();
  run.ask(1, { janus: 'create' });

  const timedOut = run.tick(30_000);
  const late = run.receive({ janus: 'success', transaction: '1', data: { id: 77 } });

  assert.deepEqual(summary(timedOut), ['settle 1 MediaError Timeout']);
  assert.equal(late.length, 1);
});

test('a creation that is never answered is forgotten in the end', () => {
  const run = new Run();
  run.ask(1, { janus: 'create' });

  run.tick(30_000);
  const second = run.tick(60_000);

  assert.deepEqual(summary(second), []);
  assert.equal(run.transactions.deadline, undefined);
});
