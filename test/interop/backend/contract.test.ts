import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Engines, JanusBackend, RemoteEngine } from '#janus/adapter';
import { localConnection, webSocketConnection } from '#janus/client';
import { PlainRtpLegs } from '#janus/plain-rtp';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { createLog, Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { Engine } from '../../../backend-janus/engine.ts';
import { backendContract } from '../../contract/backend/contract.ts';
import {
  address,
  enterNamespace,
  interfaceName,
  isInNamespace,
} from '../appendix-c/support/enter-namespace.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { JanusServer, loopbackJanus, missingJanus } from '../support/janus-server.ts';
import { realBench } from './real-bench.ts';

const refused = (await enterNamespace(import.meta.url)) ?? missingJanus();
const [clock, random, log, node] = [systemClock, systemRandom, createLog('silent', {}), 'n'];
const scope = new Scope();
after(() => scope[Symbol.asyncDispose]());

async function openReal(): Promise<JanusBackend> {
  const engines = scope.own(new Engines());
  const settings = loopbackJanus(await freePort(), { address, interfaceName });
  const { url } = scope.own(await JanusServer.start(settings));
  const connect = (): ReturnType<typeof webSocketConnection> =>
    webSocketConnection(url, { clock, fault: assert.ifError });
  scope.own(new RemoteEngine('real', { clock, random, log, engines, node, connect }));
  const backend = scope.own(new JanusBackend({ clock, random, log, engines, node }));
  await eventually('the engine is up', 10_000, () => backend.isAvailable);
  return backend;
}

async function openEmbedded(): Promise<{ readonly backend: JanusBackend; readonly engine: Engine }> {
  const engines = scope.own(new Engines());
  const local = isInNamespace() ? address : '127.0.0.1';
  const parts = { clock, random, sockets: new UdpSocketFactory(clock), srtp: srtpContexts };
  const options = { local: { address: local, port: 0 }, announcedAddresses: [] };
  const peerConnections = scope.own(await WebRtc.open(parts, options));
  const ports = { first: 24_000, last: 24_199 };
  const plainRtp = scope.own(new PlainRtpLegs(parts, { address: local, ports }));
  const engine = scope.own(new Engine('here', { clock, random, log, peerConnections, plainRtp }));
  await engines.add('here', localConnection(engine.door, { clock, fault: assert.ifError }));
  return { backend: scope.own(new JanusBackend({ clock, random, log, engines, node })), engine };
}

// Before the first test: once those that there are have run, the file is over.
const real = refused === undefined ? await openReal() : undefined;
const { backend, engine } = await openEmbedded();
backendContract({
  name: 'JanusBackend on an embedded engine and its sockets',
  parts: ['late_switch', 'calls', 'rooms', 'media', 'plain_rtp', 'statistics'],
  start: () => {
    const counts = (): number => engine.counts.sessions + engine.counts.peerConnections;
    return Promise.resolve(realBench(backend, counts));
  },
});

if (real !== undefined) {
  backendContract({
    name: 'JanusBackend on a real Janus',
    parts: ['calls', 'rooms', 'media', 'plain_rtp'],
    start: () => Promise.resolve(realBench(real)),
  });
} else {
  test(
    'JanusBackend on a real Janus',
    { skip: process.env['CI'] === 'true' ? false : (refused ?? false) },
    () => assert.fail(refused ?? ''),
  );
}
