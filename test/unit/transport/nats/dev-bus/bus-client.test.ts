import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BusClient,
  type Credentials,
  type Wire,
} from '../../../../../services/transport/nats/dev-bus/bus-client.ts';
import { MessageBus } from '../../../../../services/transport/nats/dev-bus/message-bus.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { SeededRandom } from '../../../../support/seeded-random.ts';

/** Keeps what the client is sent. */
class FakeWire implements Wire {
  queuedBytes = 0;
  state = 'open';
  text = '';

  write(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
  }

  end(): void {
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }

  /** What was sent since the last time, by lines. */
  take(): string[] {
    const lines = this.text.split('\r\n').slice(0, -1);
    this.text = '';
    return lines;
  }
}

interface Member {
  readonly client: BusClient;
  readonly wire: FakeWire;
  say(...lines: readonly string[]): string[];
}

class Bus {
  readonly clock = new FakeClock();
  readonly bus = new MessageBus(new SeededRandom());
  readonly credentials: Credentials;

  constructor(credentials?: Credentials) {
    this.credentials = credentials;
  }

  /** A client that has not said CONNECT. */
  join(): Member {
    const wire = new FakeWire();
    const info = { serverId: 's', version: '2.9.0', host: '127.0.0.1', port: 4222, clientId: 1 };
    const client = new BusClient({ clock: this.clock, bus: this.bus, wire }, info, this.credentials);
    const say = (...lines: readonly string[]): string[] => {
      client.receive(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
      return wire.take();
    };
    return { client, wire, say };
  }

  connect(options: object = {}): Member {
    const member = this.join();
    member.say(`CONNECT ${JSON.stringify({ verbose: false, headers: true, ...options })}`);
    return member;
  }
}

test('a client is greeted with what the server can do', () => {
  const [line = ''] = new Bus().join().wire.take();

  assert.deepEqual(JSON.parse(line.slice('INFO '.length)), {
    server_id: 's',
    server_name: 'bifrons-dev-bus',
    version: '2.9.0',
    proto: 1,
    host: '127.0.0.1',
    port: 4222,
    headers: true,
    max_payload: 1_048_576,
    client_id: 1,
  });
});

test('a message reaches everybody who subscribed, with its reply subject', () => {
  const bus = new Bus();
  const [a, b] = [bus.connect(), bus.connect()];
  a.say('SUB x.* 7');
  b.say('SUB x.> 8', 'SUB y 9');

  b.say('PUB x.y inbox 2', 'hi');

  assert.deepEqual(a.wire.take(), ['MSG x.y 7 inbox 2', 'hi']);
  assert.deepEqual(b.wire.take(), []);
  assert.deepEqual(b.say('PUB x.y 2', 'hi'), ['MSG x.y 8 2', 'hi']);
});

test('headers reach those who understand them, and are taken off for the others', () => {
  const bus = new Bus();
  const [a, b] = [bus.connect(), bus.connect({ headers: false })];
  a.say('SUB x 1');
  b.say('SUB x 1');

  bus.connect().say('HPUB x 12 14', 'NATS/1.0\r\n\r\nhi');

  assert.deepEqual(a.wire.take(), ['HMSG x 1 12 14', 'NATS/1.0', '', 'hi']);
  assert.deepEqual(b.wire.take(), ['MSG x 1 2', 'hi']);
});

test('of a queue group one member gets a message, and each gets some', () => {
  const bus = new Bus();
  const members = [bus.connect(), bus.connect(), bus.connect()];
  for (const member of members) member.say('SUB x workers 1', 'SUB x.y others 2');
  const all = bus.connect();
  all.say('SUB x 1');

  for (let count = 0; count < 60; count += 1) all.say('PUB x 0', '');

  const received = members.map(({ wire }) => wire.take().filter((line) => line.startsWith('MSG')).length);
  assert.equal(received[0], 60 - Number(received[1]) - Number(received[2]));
  assert.ok(Math.min(...received) > 5);
});

test('a subscription ends after its maximum, counted from its start', () => {
  const bus = new Bus();
  const a = bus.connect();
  a.say('SUB x 1', 'PUB x 0', '', 'UNSUB 1 3');

  const lines = a.say('PUB x 0', '', 'PUB x 0', '', 'PUB x 0', '');

  assert.equal(lines.filter((line) => line.startsWith('MSG')).length, 2);
  assert.equal(bus.bus.size, 0);
  a.say('SUB x 2', 'PUB x 0', '', 'UNSUB 2 1');
  assert.equal(bus.bus.size, 0);
});

test('without echo a client does not hear itself', () => {
  const bus = new Bus();
  const [a, b] = [bus.connect({ echo: false }), bus.connect()];
  b.say('SUB x 1');

  assert.deepEqual(a.say('SUB x 1', 'PUB x 0', ''), []);
  assert.deepEqual(b.wire.take(), ['MSG x 1 0', '']);
});

test('who asked for it is told that a request reaches nobody', () => {
  const bus = new Bus();
  const a = bus.connect({ no_responders: true });
  const b = bus.connect();
  a.say('SUB inbox.* 1');
  b.say('SUB inbox.* 1');

  assert.deepEqual(a.say('PUB x inbox.1 0', ''), ['HMSG inbox.1 1 16 16', 'NATS/1.0 503', '', '']);
  assert.deepEqual(b.say('PUB x inbox.1 0', ''), []);
  assert.deepEqual(a.say('PUB x 0', ''), []);
});

test('a verbose client is answered at each step', () => {
  const a = new Bus().join();
  a.wire.take();

  assert.deepEqual(a.say('CONNECT {}', 'SUB x 1', 'PUB y 0', '', 'UNSUB 1', 'PING'), [
    ...['+OK', '+OK', '+OK', '+OK'],
    'PONG',
  ]);
});

test('bad input is answered once and closes the connection, others go on', () => {
  const bus = new Bus();
  const [a, b] = [bus.connect(), bus.connect()];
  a.say('SUB x 1');
  b.say('SUB x 1');

  assert.deepEqual(a.say('NONSENSE', 'PING', 'NONSENSE'), ["-ERR 'Unknown Protocol Operation'"]);

  assert.equal(a.wire.state, 'ended');
  assert.equal(bus.bus.size, 1);
  assert.deepEqual(b.say('PUB x 0', ''), ['MSG x 1 0', '']);
});

test('headers from a client that did not announce them are bad input', () => {
  const a = new Bus().connect({ headers: false });

  assert.deepEqual(a.say('HPUB x 12 12', 'NATS/1.0\r\n\r\n'), ["-ERR 'message headers not supported'"]);
});

test('with credentials nobody is served without them', () => {
  const bus = new Bus({ user: 'u', password: 'p' });
  const refused = ["-ERR 'Authorization Violation'"];

  for (const line of ['PING', 'SUB > 1', 'CONNECT {"user":"u"}', 'CONNECT {"user":"u","pass":"q"}']) {
    const member = bus.join();
    member.wire.take();
    assert.deepEqual(member.say(line), refused, line);
    assert.equal(member.wire.state, 'ended');
  }
  assert.deepEqual(bus.connect({ user: 'u', pass: 'p' }).say('PING'), ['PONG']);
  const byToken = new Bus({ token: 't' });
  assert.deepEqual(byToken.connect({ auth_token: 't' }).say('PING'), ['PONG']);
  assert.deepEqual(byToken.connect({ auth_token: '' }).wire.state, 'ended');
});

test('a client that does not read is cut, and its subscriptions with it', () => {
  const bus = new Bus();
  const [a, b] = [bus.connect(), bus.connect()];
  a.say('SUB x 1');
  a.wire.queuedBytes = 9 * 1024 * 1024;

  b.say('PUB x 0', '');

  assert.equal(a.wire.state, 'destroyed');
  assert.equal(bus.bus.size, 0);
  assert.deepEqual(b.say('PING'), ['PONG']);
});

test('a silent client is asked twice and then cut; one that answers stays', () => {
  const bus = new Bus();
  const [silent, alive] = [bus.connect(), bus.connect()];

  bus.clock.advance(30_000);
  alive.say('PONG');
  bus.clock.advance(30_000);
  alive.say('PONG');
  bus.clock.advance(30_000);

  assert.deepEqual(silent.wire.take().slice(-3), ['PING', 'PING', "-ERR 'Stale Connection'"]);
  assert.equal(silent.wire.state, 'ended');
  assert.equal(alive.wire.state, 'open');
});

test('subscriptions are bounded', () => {
  const bus = new Bus();
  const a = bus.connect();
  const lines = Array.from({ length: 10_000 }, (_, at) => `SUB x ${at}`);
  assert.deepEqual(a.say(...lines), []);

  assert.deepEqual(a.say('SUB x more'), ["-ERR 'maximum subscriptions exceeded'"]);
});

test('a client that goes leaves no subscription and no timer', () => {
  const bus = new Bus();
  const a = bus.connect();
  a.say('SUB x 1', 'SUB y workers 2');

  a.client[Symbol.dispose]();
  a.client[Symbol.dispose]();

  assert.equal(bus.bus.size, 0);
  assert.equal(bus.clock.pending, 0);
  assert.deepEqual(a.say('PING'), []);
});

test('a message too large to be copied arrives whole, with its headers and without', () => {
  const bus = new Bus();
  const [withHeaders, without] = [bus.connect(), bus.connect({ headers: false })];
  for (const member of [withHeaders, without]) member.say('SUB a 1');
  const payload = 'x'.repeat(20_000);

  bus.connect().say(`HPUB a 12 20012`, `NATS/1.0\r\n\r\n${payload}`);

  assert.deepEqual(withHeaders.wire.take(), ['HMSG a 1 12 20012', 'NATS/1.0', '', payload]);
  assert.deepEqual(without.wire.take(), ['MSG a 1 20000', payload]);
});
