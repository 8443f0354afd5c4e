import type { Random } from '#services/kernel';
import { Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import type { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { recordType } from '../../support/hostile/hostile-dtls.ts';
import { HostileSctp } from '../../support/hostile/hostile-sctp.ts';
import {
  malformedRtcp,
  malformedRtp,
  rtcpWithin,
  rtpWithin,
} from '../../support/hostile/malformed/malformed-media.ts';
import { malformedRecord } from '../../support/hostile/malformed/malformed-records.ts';
import {
  malformedChunks,
  malformedSctp,
  scatteredData,
} from '../../support/hostile/malformed/malformed-sctp.ts';
import { peersStun, strangersStun } from '../../support/hostile/malformed/malformed-stun.ts';
import { Stranger } from '../../support/hostile/stranger.ts';
import { eventually } from '../support/eventually.ts';

/** Sends one more datagram, the `number`th. */
export type Shot = (number: number) => void;

/** One kind of malformed datagram from one side. */
export interface Attack {
  readonly name: string;
  /** Makes ready to send; `peer` is connected, and `scope` owns what this opens. */
  readonly open: (peer: HostilePeer, random: Random, scope: Scope) => Promise<Shot>;
}

const sockets = new UdpSocketFactory(systemClock);

/** So many that none of them is over the rate of one source. */
const strangers = 16;

type Maker = (peer: HostilePeer, random: Random, number: number) => Buffer;

function fromStrangers(kind: string, make: Maker): Attack {
  return {
    name: `${kind} from strangers`,
    open: async (peer, random, scope) => {
      const all: Stranger[] = [];
      for (let count = 1; count <= strangers; count += 1)
        all.push(scope.own(await Stranger.open(sockets, `127.1.0.${count}`, peer.server)));
      return (number) => all[number % strangers]?.send(make(peer, random, number));
    },
  };
}

function fromPeer(kind: string, make: Maker): Attack {
  return {
    name: `${kind} from the peer itself`,
    open: (peer, random) => Promise.resolve((number) => peer.send(make(peer, random, number))),
  };
}

const records: Maker = (peer, random) => malformedRecord(random, peer.flights);
const rtp: Maker = (_peer, random, number) => malformedRtp(random, number);
const rtcp: Maker = (_peer, random) => malformedRtcp(random);
const sctp: Maker = (_peer, random) => malformedSctp(random);

/** What is malformed where only the peer can put it. */
const within: readonly Attack[] = [
  fromPeer('packets within valid SRTP', (peer, random, number) => {
    return peer.sealRtp(rtpWithin(random, number & 0xffff));
  }),
  fromPeer('packets within valid SRTCP', (peer, random) => peer.sealRtcp(rtcpWithin(random))),
  fromPeer('bytes within valid DTLS records', (peer, random) =>
    peer.dtls.protect(recordType.applicationData, malformedSctp(random)),
  ),
  {
    name: 'chunks of a living SCTP association from the peer itself',
    open: async (peer, random) => {
      const association = await associated(peer);
      return () => association.send(malformedChunks(random, association.nextTsn));
    },
  },
  {
    name: 'SCTP data with a gap before each chunk from the peer itself',
    open: async (peer) => {
      const association = await associated(peer);
      return (number) => association.send(scatteredData(association.nextTsn, number));
    },
  },
];

/** The peer's SCTP association, set up. */
export async function associated(peer: HostilePeer): Promise<HostileSctp> {
  const association = new HostileSctp(peer.dtls, (datagram) => peer.send(datagram));
  association.start();
  await eventually('SCTP is established', 5000, () => {
    association.poll();
    return association.isEstablished;
  });
  return association;
}

/** All of BAD-03. */
export const attacks: readonly Attack[] = [
  fromStrangers('STUN', (peer, random) => strangersStun(random, peer.serverCredentials, peer.ufrag)),
  fromStrangers('DTLS', records),
  fromStrangers('RTP', rtp),
  fromStrangers('RTCP', rtcp),
  fromStrangers('SCTP', sctp),
  fromPeer('STUN', (peer, random) => peersStun(random, peer.serverCredentials, peer.ufrag)),
  fromPeer('DTLS', records),
  fromPeer('RTP', rtp),
  fromPeer('RTCP', rtcp),
  fromPeer('SCTP', sctp),
  ...within,
];

/** What every far end of these tests stands on. */
export const world = { sockets, clock: systemClock, random: systemRandom };
