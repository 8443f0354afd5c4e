import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../../../../backend-janus/webrtc/dtls/dtls-transport.ts';
import { RecordFilter } from '../../../../backend-janus/webrtc/dtls/record-filter.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const certificate = makeCertificate(0);
const stranger = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };

interface Side {
  readonly dtls: DtlsTransport;
  readonly events: DtlsEvent[];
  /** Everything it sent. */
  readonly sent: Buffer[];
}

interface Pair {
  readonly client: Side;
  readonly server: Side;
  /** Settles once both are connected, or one has failed. */
  readonly over: Promise<void>;
}

/** A client and a server that hear each other at once, in order, and expect these fingerprints. */
function pair(ofServer = certificate.fingerprint, ofClient = certificate.fingerprint): Pair {
  let settle = (): void => undefined;
  const over = new Promise<void>((resolve) => (settle = resolve));
  const make = (
    role: 'client' | 'server',
    fingerprint: typeof stranger,
    other: () => DtlsTransport,
  ): Side => {
    const events: DtlsEvent[] = [];
    const sent: Buffer[] = [];
    const send = (datagram: Buffer): void => {
      sent.push(datagram);
      queueMicrotask(() => other().receive(Buffer.from(datagram), 0));
    };
    const onEvent = (event: DtlsEvent): void => {
      events.push(event);
      if (event.type === 'failed' || (client.events.length > 0 && server.events.length > 0)) settle();
    };
    const dtls = new DtlsTransport(
      { role, certificate, fingerprints: [fingerprint], clock: new FakeClock() },
      send,
      onEvent,
    );
    return { dtls, events, sent };
  };
  const client: Side = make('client', ofServer, () => server.dtls);
  const server: Side = make('server', ofClient, () => client.dtls);
  server.dtls.start();
  client.dtls.start();
  return { client, server, over };
}

function keysOf({ events }: Side): Extract<DtlsEvent, { readonly type: 'connected' }> {
  const [first] = events;
  assert.equal(first?.type, 'connected');
  return first;
}

test('both sides connect, prefer GCM, and have each other’s keys', async () => {
  const { client, server, over } = pair();
  await over;

  assert.deepEqual(keysOf(client).inbound, keysOf(server).outbound);
  assert.deepEqual(keysOf(client).outbound, keysOf(server).inbound);
  assert.equal(keysOf(client).inbound.profile, 'AEAD_AES_128_GCM');
  assert.equal(keysOf(client).inbound.masterKey.length, 16);
  assert.equal(keysOf(client).inbound.masterSalt.length, 12);

  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
});

test('a certificate that the SDP does not name fails the handshake', async () => {
  const { client, server, over } = pair(certificate.fingerprint, stranger);
  await over;

  assert.equal(server.events[0]?.type, 'failed');

  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
});

test('application data arrives, and a goodbye under protection ends the other side', async () => {
  const { client, server, over } = pair();
  await over;

  client.dtls.sendData(Buffer.from('hello'));
  await settled();
  client.dtls[Symbol.dispose]();
  await settled();

  const [, data, closed] = server.events;
  assert.ok(data?.type === 'data' && data.bytes.toString() === 'hello');
  assert.equal(closed?.type, 'closed');
  server.dtls[Symbol.dispose]();
});

test('a forged goodbye, a forged hello and a replayed handshake leave the association alone', async () => {
  const { client, server, over } = pair();
  await over;
  const clear = Buffer.from([21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0]);
  const protectedButForged = Buffer.from([
    21,
    0xfe,
    0xfd,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    9,
    0,
    26,
    ...Buffer.alloc(26),
  ]);

  for (const datagram of [clear, protectedButForged, ...client.sent])
    server.dtls.receive(Buffer.from(datagram), 10_000);
  client.dtls.sendData(Buffer.from('still here'));
  await settled();

  assert.deepEqual(
    server.events.map(({ type }) => type),
    ['connected', 'data'],
  );
  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
});

test('application data that comes again is told once, whatever came in between', async () => {
  const { client, server, over } = pair();
  await over;
  for (let count = 0; count < 3; count += 1) client.dtls.sendData(Buffer.from([count]));
  await settled();
  const before = server.events.length;

  for (const datagram of client.sent) server.dtls.receive(Buffer.from(datagram), 10_000);
  for (let count = 0; count < 200; count += 1) client.dtls.sendData(Buffer.from([count]));
  await settled();
  for (const datagram of client.sent) server.dtls.receive(Buffer.from(datagram), 10_000);

  assert.equal(before, 1 + 3);
  assert.equal(server.events.length, before + 200);
  assert.equal(server.dtls.dropped.replayed, 3 + 203);
  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
});

test('no two protected records have the same number, since they would share a nonce', async () => {
  const { client, server, over } = pair();
  await over;

  for (let count = 0; count < 40; count += 1) {
    server.dtls.sendData(Buffer.from('data'));
    client.dtls.sendData(Buffer.from('data'));
  }
  await settled();

  for (const { sent } of [client, server]) {
    const numbers = sent
      .flatMap(recordsOf)
      .filter((record) => record.readUInt16BE(3) === 1)
      .map((record) => record.readUIntBE(5, 6));
    assert.equal(numbers.length, 41);
    assert.equal(new Set(numbers).size, numbers.length);
  }
  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
});

test('nothing is told after the association was disposed', async () => {
  const { client, server } = pair();
  client.dtls[Symbol.dispose]();
  server.dtls[Symbol.dispose]();
  await settled();

  assert.deepEqual([...client.events, ...server.events], []);
});

/** The records that share a datagram. */
function recordsOf(datagram: Buffer): Buffer[] {
  const bytes = RecordFilter.recordBytes(datagram, 0);
  return bytes === undefined ? [] : [datagram.subarray(0, bytes), ...recordsOf(datagram.subarray(bytes))];
}

/** Lets every promise that can settle do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await settle();
}
