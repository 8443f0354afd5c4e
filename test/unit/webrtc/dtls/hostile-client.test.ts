import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DtlsClient } from 'werift';
import { makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../../../../backend-janus/webrtc/dtls/dtls-transport.ts';
import { inPem } from '../../../support/in-pem.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const certificate = makeCertificate(0);
const handshake = 22;
const alert = 21;

interface Scene {
  readonly server: DtlsTransport;
  readonly events: DtlsEvent[];
  readonly sent: Buffer[];
  /** Has the client say something under protection. */
  readonly say: (type: number, content: Buffer) => void;
}

/** A server of ours with a client that we make say what it should not. */
async function connected(): Promise<Scene> {
  const events: DtlsEvent[] = [];
  const sent: Buffer[] = [];
  const transport: Transport = {
    type: 'udp',
    address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
    closed: false,
    onData: () => undefined,
    send: (datagram) => {
      queueMicrotask(() => server.receive(Buffer.from(datagram), 0));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const server = new DtlsTransport(
    { role: 'server', certificate, fingerprints: [certificate.fingerprint], clock: new FakeClock() },
    (datagram) => {
      sent.push(datagram);
      queueMicrotask(() => transport.onData(Buffer.from(datagram), ['0.0.0.0', 0]));
    },
    (event) => events.push(event),
  );
  const client = makeClient(transport);
  server.start();
  void client.connect();
  while (events.length === 0) await settle();
  client.dtls.flight = 100;
  let number = 5000;
  const say = (type: number, content: Buffer): void => {
    number += 1;
    server.receive(protectedRecord(client, type, number, content), 1000);
  };
  return { server, events, sent, say };
}

type Transport = ConstructorParameters<typeof DtlsClient>[0]['transport'];

function makeClient(transport: Transport): DtlsClient {
  return new DtlsClient({
    ...inPem(certificate),
    transport,
    srtpProfiles: [7],
    extendedMasterSecret: true,
  });
}

function protectedRecord(client: DtlsClient, type: number, number: number, content: Buffer): Buffer {
  const header = { type, version: 0xfefd, epoch: 1, sequenceNumber: number };
  const fragment = client.cipher.cipher.encrypt(client.sessionType, content, header);
  const head = Buffer.alloc(13);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(header.version, 1);
  head.writeUInt16BE(header.epoch, 3);
  head.writeUIntBE(number, 5, 6);
  head.writeUInt16BE(fragment.length, 11);
  return Buffer.concat([head, fragment]);
}

test('a hello under protection begins no new handshake, and the association can still say goodbye', async () => {
  const { server, events, sent, say } = await connected();
  const before = sent.length;

  say(handshake, Buffer.concat([Buffer.from([1, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 40]), Buffer.alloc(40)]));
  await settle();
  assert.equal(sent.length, before);
  assert.equal(server.dropped.unexpected, 1);
  server[Symbol.dispose]();

  assert.equal(sent.at(-1)?.readUInt8(0), alert);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['connected'],
  );
});

test('a goodbye under protection ends the association, once', async () => {
  const { server, events, say } = await connected();

  say(alert, Buffer.from([1, 0]));
  say(alert, Buffer.from([1, 0]));
  server[Symbol.dispose]();

  assert.deepEqual(
    events.map(({ type }) => type),
    ['connected', 'closed'],
  );
});
