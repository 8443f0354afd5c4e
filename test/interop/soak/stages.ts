import assert from 'node:assert/strict';
import { recordType } from '../../support/hostile/hostile-dtls.ts';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { audioPacket } from '../../support/hostile/media-packets.ts';
import { associated } from '../hostile/attacks.ts';
import type { ProbedBroker } from '../hostile/probed-broker.ts';
import { eventually } from '../support/eventually.ts';

type Reach = (broker: ProbedBroker, peer: HostilePeer) => Promise<void>;

/** How far a session comes before it is destroyed. */
interface Stage {
  readonly name: string;
  readonly reach: Reach;
}

const patienceMs = 10_000;
const closeNotify = Buffer.from([1, 0]);
const packets = 50;

async function answered(broker: ProbedBroker, peer: HostilePeer): Promise<string> {
  const { sessionId, answer } = await broker.echo(peer.offer);
  peer.accept(answer);
  return sessionId;
}

async function connected(broker: ProbedBroker, peer: HostilePeer): Promise<string> {
  const sessionId = await answered(broker, peer);
  peer.start();
  await eventually('the peer is connected', patienceMs, () => peer.isConnected);
  return sessionId;
}

/** The peer falls silent once it has sent so many datagrams of the handshake. */
function stoppedAfter(flights: number): Reach {
  return async (broker, peer) => {
    const sessionId = await answered(broker, peer);
    peer.beforeDtls = () => {
      if (peer.flights.length > flights) peer.dtls[Symbol.dispose]();
    };
    if (flights === 0) peer.dtls[Symbol.dispose]();
    peer.start();
    await eventually('it came so far', patienceMs, () => peer.isChecked && peer.flights.length >= flights);
    await broker.destroy(sessionId);
  };
}

async function ended(broker: ProbedBroker, sessionId: string): Promise<void> {
  await eventually('the session ended by itself', patienceMs, async () => {
    const reply = await broker.caller.ask('session.get_info', { session_id: sessionId });
    return reply['result'] === 'error';
  });
}

async function onlyAnswered(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  await broker.destroy(await answered(broker, peer));
}

async function onlyConnected(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  await broker.destroy(await connected(broker, peer));
}

async function withMedia(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  const sessionId = await connected(broker, peer);
  for (let count = 0; count < packets; count += 1) peer.send(peer.sealRtp(audioPacket(count)));
  await eventually('it comes back', patienceMs, () => peer.rtpReceived >= packets);
  await broker.destroy(sessionId);
}

async function refused(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  const sdp = peer.offer.replaceAll('a=ice-pwd', 'a=ice-no-pwd');
  const reply = await broker.caller.ask('session.create', { type: 'echo', wait_reply: true, offer: { sdp } });
  assert.equal(reply['result'], 'error');
}

async function destroyedEarly(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  const session_id = `early-${peer.local.port}-${peer.ufrag.replaceAll(/\W/g, '-')}`;
  const data = { type: 'echo', session_id, wait_reply: true, offer: { sdp: peer.offer } };
  const created = broker.caller.ask('session.create', data);
  await broker.caller.ask('session.destroy', { session_id });
  await created;
  await broker.caller.ask('session.destroy', { session_id });
}

async function withGoodbye(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  const sessionId = await connected(broker, peer);
  peer.send(peer.dtls.protect(recordType.alert, closeNotify));
  await ended(broker, sessionId);
}

async function withData(broker: ProbedBroker, peer: HostilePeer): Promise<void> {
  const sessionId = await connected(broker, peer);
  await associated(peer);
  await broker.destroy(sessionId);
}

/** From the first command to media; each tenth session has media. */
export const stages: readonly Stage[] = [
  { name: 'media in both directions', reach: withMedia },
  { name: 'an offer that is refused', reach: refused },
  { name: 'a destruction before the answer', reach: destroyedEarly },
  { name: 'an answer', reach: onlyAnswered },
  { name: 'a check', reach: stoppedAfter(0) },
  { name: 'a hello', reach: stoppedAfter(1) },
  { name: 'a hello with its cookie', reach: stoppedAfter(2) },
  { name: 'a connection', reach: onlyConnected },
  { name: 'a goodbye of the peer', reach: withGoodbye },
  { name: 'a data channel', reach: withData },
];
