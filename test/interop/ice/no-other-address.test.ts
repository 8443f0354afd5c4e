import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock, UdpSocketFactory } from '#services/kernel';
import { hostileCandidates, plausibleCandidates } from '../../support/hostile-candidates.ts';
import { RecordingSockets } from '../../support/recording-sockets.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';
import { callFromWrtc, openWebRtc, OurEnd } from './call.ts';

const hook = import.meta.resolve('./outbound-log.js');

/** This machine's own addresses: from one of these a peer on it sends. */
const own = new Set(
  Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []),
);

for (const ice of ['lite', 'full'] as const) {
  test(`no packet leaves to an address that is neither configured nor an authenticated peer: ICE ${ice}, at the sockets`, async () => {
    const sockets = new RecordingSockets(new UdpSocketFactory(systemClock));
    await using webrtc = await openWebRtc({ ice, secondAddress: '::1' }, sockets);
    await using ours = new OurEnd(webrtc);
    await using peer = new WrtcRemote();
    const candidates = [...hostileCandidates, ...plausibleCandidates(1_000)].filter(isBeyondLoopback);

    const calling = callFromWrtc(ours, peer);
    for (const candidate of candidates) ours.connection.addCandidate({ candidate, sdpMLineIndex: 0 });
    const ports = new Set(portsOf(await calling));

    assert.ok(sockets.destinations.length > 0);
    for (const destination of sockets.destinations) {
      const [, address = '', port] = /^(.*):(\d+)$/.exec(destination) ?? [];
      assert.ok(own.has(address) && ports.has(Number(port)), `${destination}, of ${[...ports].join()}`);
    }
  });
}

/** The hosts of loopback that others name are hostile elsewhere; here the peer itself is on it. */
function isBeyondLoopback(candidate: string): boolean {
  return !/ (?:127\.\S+|::1) /.test(candidate);
}

/** Of every candidate in a description. */
function portsOf(sdp: string): number[] {
  return [...sdp.matchAll(/a=candidate:\S+ 1 udp \d+ \S+ (\d+) /gi)].map(([, port]) => Number(port));
}

/** A broker that notes whom it sends to, and how to read that. */
async function watchedBroker(
  folder: string,
): Promise<{ broker: BrokerProcess; read: () => Promise<string[]> }> {
  const file = join(folder, 'outbound');
  const settings = { NODE_OPTIONS: `--import ${hook}`, OUTBOUND_LOG: file, BIFRONS_ICE_TCP_PORT: '0' };
  const broker = await BrokerProcess.start(settings);
  return { broker, read: async () => (await readFile(file, 'utf8')).trim().split('\n') };
}

/** Sets up a call whose candidates are the peer's own and hostile ones. */
async function call(server: NatsCaller, peer: WrtcPeer): Promise<string> {
  const offer = await peer.wholeOffer();
  const data = { type: 'echo', wait_reply: true, offer: { sdp: offer, trickle_ice: true } };
  const reply = await server.command('session.create', data);
  await peer.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  const session_id = textOf(reply, 'session_id');
  for (const candidate of [...hostileCandidates, ...plausibleCandidates(40)]) {
    const place = { sdpMid: '0', sdpMLineIndex: 0 };
    await server.ask('session.set_candidate', { session_id, candidate, ...place });
  }
  return offer;
}

test('no packet leaves to an address that is neither configured nor an authenticated peer: the whole process, during a call', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bifrons-outbound-'));
  try {
    const { broker, read } = await watchedBroker(folder);
    await using process = broker;
    await using server = await NatsCaller.connect(process.ports['nats'] ?? 0);
    using peer = new WrtcPeer();

    const ports = new Set(portsOf(await call(server, peer)));
    await eventually('picture and sound', 15_000, () => peer.frames > 10 && peer.loudness > 1_000);

    const lines = await read();
    const nats = `tcp ${JSON.stringify({ host: '127.0.0.1', port: process.ports['nats'] })}`;
    const media = lines.filter((line) => line.startsWith('udp '));
    const rest = lines.filter((line) => !line.startsWith('udp ') && !line.startsWith('listening '));
    assert.ok(media.length > 0 && lines.some((line) => line.startsWith('listening ')));
    for (const line of media) {
      const [, address = '', port] = line.split(' ');
      assert.ok(own.has(address) && ports.has(Number(port)), line);
    }
    assert.deepEqual(rest, [nats], 'the configured bus, no name resolved, nobody connected to');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
