import assert from 'node:assert/strict';
import { test } from 'node:test';
import { natsAddress } from '../../../../services/transport/nats/nats-address.ts';

test('one or more servers, scheme and port optional', () => {
  assert.deepEqual(natsAddress('nats://127.0.0.1:4333'), { servers: ['127.0.0.1:4333'] });
  assert.deepEqual(natsAddress('a, nats://b:1 ,nats://[::1]:4222'), {
    servers: ['a:4222', 'b:1', '[::1]:4222'],
  });
});

test('user and password, or a token, may stand in the address', () => {
  assert.deepEqual(natsAddress('nats://me:p%40ss@h'), { servers: ['h:4222'], user: 'me', pass: 'p@ss' });
  assert.deepEqual(natsAddress('nats://secret@h,other'), {
    servers: ['h:4222', 'other:4222'],
    token: 'secret',
  });
});

test('tls:// asks for TLS', () => {
  assert.deepEqual(natsAddress('tls://h:4222'), { servers: ['h:4222'], tls: {} });
});

test('what is no address is refused without repeating it', () => {
  for (const bad of ['', ' , ', 'http://h', 'nats://', 'nats://user:secret@h:port']) {
    assert.throws(
      () => natsAddress(bad),
      (cause: Error) => cause.message.startsWith('NATS_URL') && !cause.message.includes('secret'),
    );
  }
});
