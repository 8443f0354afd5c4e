import { DtlsClient, DtlsServer } from 'werift';
import { parseSdp, type PeerConnectionEvent, type SrtpKeys } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { makeCertificate, type Certificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { audio } from '../../../fixtures/sdp/answering.ts';
import { CheckingPeer, printCheck } from '../../../support/checking-peer.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { inPem } from '../../../support/in-pem.ts';
import { offerSdp } from '../../../support/offer-sdp.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { protectRtp, rtpPacket } from '../../../support/srtp-packets.ts';
import { VirtualNetwork } from '../../../support/virtual-network.ts';

/** DTLS of an independent implementation, which does as it is told. */
export type FarSocket = DtlsClient | DtlsServer;

/** What the peer does, and what its SDP says. */
export interface FarEnd {
  /** Its role in DTLS; ours is the other one. */
  readonly role: 'client' | 'server';
  /** Changes what it will send. */
  readonly spoil?: (socket: FarSocket) => void;
  /** As in its SDP; by default that of its certificate. */
  readonly fingerprint?: string;
}

/** What became of a connection. */
export interface Fate {
  /** What the connection told, in order: the type, and the reason of its end. */
  readonly events: readonly string[];
  /** Encodings that were heard. */
  readonly media: number;
  /** SRTP that we sent. */
  readonly sent: number;
  /** Timers left on the clock after everything was disposed. */
  readonly timers: number;
}

/** The certificate of the far end. */
export const farCertificate: Certificate = makeCertificate(0);

const connectTimeoutMs = 20_000;

/** After it, nothing of werift's is retransmitted. */
const noMoreFlights = 100;

/** Lets a peer connect to a real PeerConnection over a virtual network, and send media with whatever keys it has. */
export async function meet({ role, spoil, fingerprint }: FarEnd): Promise<Fate> {
  const clock = new FakeClock();
  const network = new VirtualNetwork(clock);
  const events: string[] = [];
  let media = 0;
  let sent = 0;
  {
    await using webrtc = await WebRtc.open(
      { clock, random: new SeededRandom(), sockets: network, srtp: srtpContexts },
      { local: { address: '192.0.2.9', port: 10_000 }, announcedAddresses: [] },
    );
    const tell = (event: PeerConnectionEvent): number =>
      events.push(event.type === 'closed' ? `closed ${event.reason}` : event.type);
    const connection = webrtc.create({ id: 'a', connectTimeoutMs }, tell);
    const answer = parseSdp(await connection.answer(offer(role, fingerprint), [audio]));
    connection.receive('0', () => {
      media += 1;
      return { write: () => undefined, senderReport: () => undefined };
    });
    await using peer = await CheckingPeer.open(network, '198.51.100.7', webrtc.local);
    const [section] = answer.media;
    const credentials = { ufrag: section?.iceUfrag ?? '', password: section?.icePwd ?? '' };
    peer.send(printCheck(credentials, 'abcd', { useCandidate: true }));
    await clock.run(1);
    const socket = await shakeHands(role, spoil, peer, clock);
    sendMedia(socket, peer);
    // Long before the connect timeout: who fails must fail for a reason.
    await clock.run(1000);
    sent = peer.datagrams.filter((datagram) => datagram.readUInt8(0) >= 128).length;
  }
  // The goodbye is still on its way.
  await clock.run(1);
  return { events, media, sent, timers: clock.pending };
}

function offer(role: FarEnd['role'], fingerprint = `sha-256 ${farCertificate.fingerprint.value}`): string {
  return offerSdp
    .replace(/a=fingerprint:.*/, `a=fingerprint:${fingerprint}`)
    .replace('a=setup:actpass', `a=setup:${role === 'client' ? 'active' : 'passive'}`);
}

/** Until both sides have had every chance to say something. */
async function shakeHands(
  role: FarEnd['role'],
  spoil: FarEnd['spoil'],
  peer: CheckingPeer,
  clock: FakeClock,
): Promise<FarSocket> {
  const transport: FarSocket['options']['transport'] = {
    type: 'udp',
    address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
    closed: false,
    onData: () => undefined,
    send: (datagram) => {
      peer.send(datagram);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const options = {
    ...inPem(farCertificate),
    transport,
    srtpProfiles: srtpProfiles(),
    extendedMasterSecret: true,
  };
  const socket =
    role === 'client' ? new DtlsClient(options) : new DtlsServer({ ...options, certificateRequest: true });
  spoil?.(socket);
  if (socket instanceof DtlsClient) socket.connect().catch(() => undefined);
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.run(1);
    for (const datagram of peer.datagrams.splice(0)) transport.onData(datagram, ['192.0.2.9', 10_000]);
  }
  socket.dtls.flight = noMoreFlights;
  return socket;
}

function srtpProfiles(): (1 | 7)[] {
  return [7];
}

/** With the keys that it has made for itself, proven or not. */
function sendMedia(socket: FarSocket, peer: CheckingPeer): void {
  const { masterSecret } = socket.cipher;
  // Who was refused before the keys were agreed on has none.
  if (!Buffer.isBuffer(masterSecret)) return;
  // RFC 5764 section 4.2: client key, server key, client salt, server salt.
  const material = socket.exportKeyingMaterial('EXTRACTOR-dtls_srtp', 56);
  const isClient = socket instanceof DtlsClient;
  const keys: SrtpKeys = {
    profile: 'AEAD_AES_128_GCM',
    masterKey: isClient ? material.subarray(0, 16) : material.subarray(16, 32),
    masterSalt: isClient ? material.subarray(32, 44) : material.subarray(44),
  };
  const outbound = srtpContexts.outbound(keys);
  const packet = rtpPacket();
  packet.writeUInt8(111, 1);
  peer.send(protectRtp(outbound, packet));
}
