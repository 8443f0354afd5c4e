import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { AddressTable } from '../../../../backend-janus/webrtc/ice/address-table.ts';
import type { CheckedAddress, Entrance } from '../../../../backend-janus/webrtc/ice/entrance.ts';
import { IceAgent } from '../../../../backend-janus/webrtc/ice/ice-agent.ts';
import { parseStun, type StunMessage } from '../../../../backend-janus/webrtc/ice/stun-message.ts';
import { hasIntegrity } from '../../../../backend-janus/webrtc/ice/stun-printer.ts';
import { printCheck, type CheckFields } from '../../../support/checking-peer.ts';

const server = { ufrag: 'ours', password: 'a-password-of-enough-length' };
const renewed = { ufrag: 'next', password: 'another-of-enough-length' };
const wifi = { address: '192.0.2.1', port: 4000 };
const cable = { address: '203.0.113.1', port: 6000 };
const mobile = { address: '198.51.100.1', port: 5000 };

class World {
  readonly table = new AddressTable<CheckedAddress<string>>();
  readonly forgotten: string[] = [];
  readonly via: Entrance<string> = {
    protocol: 'udp',
    carrier: {
      local: cable,
      lend: () => undefined,
      send: () => undefined,
      flush: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    addresses: this.table,
    forget: ({ address }) => void this.forgotten.push(address),
  };
  readonly agent = new IceAgent(server, 'peer');
  now = 0;

  check(from: typeof wifi, fields: CheckFields = {}, agent = this.agent, credentials = server): string {
    const bytes = printCheck(credentials, 'theirs', fields);
    const message = parseStun(bytes);
    assert.ok(message);
    const result = agent.handle(message, bytes, { ...from, via: this.via }, this.now);
    if (result.type === 'refused') return result.reason;
    assert.ok(result.response.length <= bytes.length, 'an answer is no larger than the check');
    return describe(
      parseStun(result.response),
      result.response,
      fields.password ?? credentials.password,
      result.type === 'answered' && result.hasMoved,
    );
  }

  /** True if datagrams from there count now. */
  accepts(from: typeof wifi): boolean {
    return (this.table.get(from)?.validUntil ?? -1) >= this.now;
  }
}

function describe(
  answer: StunMessage | undefined,
  bytes: Buffer,
  password: string,
  hasMoved: boolean,
): string {
  assert.ok(
    answer && hasIntegrity(answer, bytes, createSecretKey(Buffer.from(password))),
    'answers are signed',
  );
  if (answer.errorCode !== undefined) return `error ${answer.errorCode}`;
  const { address = '', port = 0 } = answer.mappedAddress ?? {};
  return `success ${address}:${port}${hasMoved ? ' moved' : ''}`;
}

function expecting(): World {
  const world = new World();
  world.agent.expect('theirs');
  return world;
}

test('no check counts before the peer is expected', () => {
  const world = new World();

  assert.equal(world.check(wifi, { useCandidate: true }), 'unexpected_user');
  world.agent.expect('theirs');
  assert.equal(world.check(wifi, { useCandidate: true }), 'success 192.0.2.1:4000 moved');
});

test('only the expected peer with the right password is answered', () => {
  const world = expecting();

  for (const username of [
    'ours:other',
    'ours:',
    'ours',
    ':theirs',
    'ours:theirs:',
    'OURS:theirs',
    'ours:theirs\0',
  ]) {
    assert.equal(world.check(wifi, { username }), 'unexpected_user', username);
  }
  assert.equal(world.check(wifi, { password: 'a guess of enough length' }), 'unauthentic');
  assert.equal(world.agent.remote, undefined);
  assert.equal(world.agent.checks, 0);
  assert.equal(world.agent.lastCheckAt, undefined);
  assert.equal(world.table.size, 0);
});

test('regular nomination: the first address checked is used until one is nominated', () => {
  const world = expecting();

  assert.equal(world.check(mobile), 'success 198.51.100.1:5000 moved');
  assert.equal(world.agent.isNominated, false);
  assert.equal(world.check(wifi), 'success 192.0.2.1:4000');
  assert.deepEqual([world.accepts(wifi), world.accepts(mobile)], [true, true]);
  assert.equal(world.check(wifi, { useCandidate: true }), 'success 192.0.2.1:4000 moved');

  assert.equal(world.agent.isNominated, true);
  assert.equal(world.agent.remote?.address, wifi.address);
});

test('after a nomination the address before it counts for five seconds', () => {
  const world = expecting();
  world.check(wifi, { useCandidate: true });
  world.now = 10_000;
  world.check(mobile, { useCandidate: true });

  world.now = 15_000;
  assert.deepEqual([world.accepts(wifi), world.accepts(mobile)], [true, true]);
  world.now = 15_001;
  assert.deepEqual([world.accepts(wifi), world.accepts(mobile)], [false, true]);
});

test('who has nominated may send from where it only checks, because it may choose that next', () => {
  const world = expecting();
  world.check(wifi, { priority: 2_000, useCandidate: true });

  assert.equal(world.check(mobile), 'success 198.51.100.1:5000');
  assert.equal(world.check(cable, { priority: 1_000, useCandidate: true }), 'success 203.0.113.1:6000');
  assert.deepEqual([world.accepts(mobile), world.accepts(cable)], [true, true]);
  assert.equal(world.agent.remote?.address, wifi.address);

  world.now = 5_001;
  assert.deepEqual([world.accepts(wifi), world.accepts(mobile), world.accepts(cable)], [true, false, false]);
});

test('aggressive nomination: the pair of the highest priority stays', () => {
  const world = expecting();
  const nominate = (from: typeof wifi, priority: number): string =>
    world.check(from, { priority, useCandidate: true });

  nominate(mobile, 1_000);
  assert.match(nominate(wifi, 2_000), /moved/);
  for (let round = 0; round < 5; round += 1) {
    world.now += 50;
    assert.doesNotMatch(nominate(mobile, 1_000), /moved/);
    assert.doesNotMatch(nominate(wifi, 2_000), /moved/);
  }

  assert.equal(world.agent.remote?.address, wifi.address);
});

test('a peer that left its network is followed although the new one has a lower priority', () => {
  const world = expecting();
  world.check(wifi, { priority: 2_000, useCandidate: true });
  world.now = 1_000;

  assert.match(world.check(mobile, { priority: 1_000, useCandidate: true }), /moved/);
});

test('a peer that says it is controlled is told of the conflict and teaches nothing', () => {
  const world = expecting();

  assert.equal(world.check(wifi, { controlled: 0n, useCandidate: true }), 'error 487');
  assert.equal(world.check(wifi, { controlled: 2n ** 64n - 1n, useCandidate: true }), 'error 487');
  assert.equal(world.agent.remote, undefined);
  assert.equal(world.agent.lastCheckAt, undefined);
  assert.match(world.check(wifi, { controlling: 5n, useCandidate: true }), /moved/);
});

test('a check without a role, with two roles or without priority is met with silence', () => {
  const world = expecting();
  const priority = Buffer.from('002400040000000a', 'hex');
  const role = Buffer.from('802a00080000000000000001', 'hex');

  assert.equal(world.check(wifi, { controlled: 1n, controlling: 1n }), 'malformed');
  assert.equal(answerTo(world, signed(priority)), 'malformed');
  assert.equal(answerTo(world, signed(role)), 'malformed');
  assert.equal(world.agent.remote, undefined);
  assert.notEqual(answerTo(world, signed(Buffer.concat([priority, role]))), 'malformed');
});

test('an authenticated check with an attribute we must understand is told so, and teaches nothing', () => {
  const world = expecting();
  const attributes = '002400040000000a 802a00080000000000000001 70010000'.replaceAll(' ', '');

  const answer = answerTo(world, signed(Buffer.from(attributes, 'hex')));

  assert.ok(typeof answer === 'object' && answer.errorCode === 420);
  assert.equal(world.agent.remote, undefined);
});

test('consent: the time of the last authenticated check is known', () => {
  const world = expecting();
  world.now = 100;
  world.check(wifi, { useCandidate: true });
  world.now = 2_500;
  world.check(wifi);
  world.now = 5_000;
  world.check(wifi, { password: 'a guess of enough length' });

  assert.equal(world.agent.lastCheckAt, 2_500);
  assert.equal(world.agent.checks, 2);
});

test('after a restart only the new credentials nominate, and the old keep consent fresh until then', () => {
  const world = expecting();
  world.check(cable);
  world.check(wifi, { priority: 2_000, useCandidate: true });
  world.agent.restart(renewed);
  world.now = 100;

  assert.doesNotMatch(world.check(cable, { priority: 9_000, useCandidate: true }), /moved/);
  assert.match(world.check(wifi), /success/);
  assert.equal(world.agent.lastCheckAt, 100);
  assert.equal(world.check(mobile, { useCandidate: true }), 'unexpected_user');
  assert.equal(world.check(wifi, {}, world.agent, renewed), 'unexpected_user');
  assert.equal(world.agent.remote?.address, wifi.address);

  world.agent.expect('theirs');
  assert.match(world.check(mobile, { priority: 1_000, useCandidate: true }, world.agent, renewed), /moved/);
  assert.equal(world.check(wifi), 'unexpected_user');
});

test('an address in use belongs to its peer, whoever else sends checks from there', () => {
  const world = expecting();
  const intruder = new IceAgent(renewed, 'intruder');
  intruder.expect('theirs');
  world.check(wifi, { useCandidate: true });

  world.now = 9_999;
  assert.equal(world.check(wifi, { useCandidate: true }, intruder, renewed), 'address_taken');
  assert.equal(world.table.get(wifi)?.owner, 'peer');
  world.now = 10_000;
  assert.match(world.check(wifi, { useCandidate: true }, intruder, renewed), /moved/);

  assert.equal(world.table.get(wifi)?.owner, 'intruder');
  world.agent.clear();
  assert.equal(world.table.get(wifi)?.owner, 'intruder');
});

test('addresses of one peer are bounded, and the one in use stays', () => {
  const world = expecting();
  world.check(wifi, { useCandidate: true });

  for (let port = 1; port < 1_000; port += 1) {
    world.now += 1;
    world.check({ address: '203.0.113.1', port });
  }

  assert.ok(world.table.size <= 16);
  assert.equal(world.accepts(wifi), true);
  world.agent.clear();
  assert.equal(world.table.size, 0);
});

/** A signed Binding request from the expected peer with nothing in it but USERNAME and `rest`. */
function signed(rest: Buffer): Buffer {
  const username = Buffer.concat([Buffer.from('0006000b', 'hex'), Buffer.from('ours:theirs\0')]);
  const bytes = Buffer.concat([Buffer.from('000100002112a442', 'hex'), Buffer.alloc(12), username, rest]);
  bytes.writeUInt16BE(bytes.length + 24 - 20, 2);
  const hmac = createHmac('sha1', server.password).update(bytes).digest();
  return Buffer.concat([bytes, Buffer.from('00080014', 'hex'), hmac]);
}

function answerTo(world: World, bytes: Buffer): StunMessage | string | undefined {
  const message = parseStun(bytes);
  assert.ok(message);
  const result = world.agent.handle(message, bytes, { ...wifi, via: world.via }, world.now);
  if (result.type === 'refused') return result.reason;
  assert.ok(result.response.length <= bytes.length, 'an answer is no larger than the check');
  return parseStun(result.response);
}
