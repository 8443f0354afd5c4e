import { TokenBucket, type Rate, type TransportPath } from '#janus/media';
import type { TransportAddress } from '#services/kernel';
import {
  ConnectivityChecks,
  type CheckedPeer,
  type CheckingParts,
  type RemoteAgent,
} from '../full-ice/connectivity-checks.ts';
import type { IceCredentials } from './credentials.ts';
import { noDrops, type DropCounts, type DropReason } from './drop-counts.ts';
import type { Origin } from './entrance.ts';
import { IceAgent } from './ice-agent.ts';

/**
 * Receives what a peer sent, sorted by first byte (RFC 7983) and only from addresses that passed an
 * authenticated check. Returns at once, does not throw, does not keep `datagram`, may decrypt it in place.
 */
export interface DatagramSink {
  dtls(datagram: Buffer, now: number): void;
  rtp(datagram: Buffer, now: number): void;
  rtcp(datagram: Buffer, now: number): void;
  /** `remote` of the peer is new or another one. Nominated or not yet: `isNominated` tells. */
  addressChanged(remote: TransportAddress): void;
}

/** One admitted peer. Disposing forgets its credentials and addresses. */
export interface MuxPeer extends Disposable {
  /** Where datagrams go; undefined until the first authenticated check. */
  readonly remote: TransportAddress | undefined;
  /** The way to `remote`. */
  readonly path: TransportPath | undefined;
  /** True once the peer has nominated `remote`, rather than only checked it first. */
  readonly isNominated: boolean;
  /** Authenticated checks so far. */
  readonly checks: number;
  /** When the last of them came, on the clock's scale; the peer consents for 30 s from then (RFC 7675). */
  readonly lastCheckAt: number | undefined;
  /** Datagrams dropped of which we know that they were for or from this peer. */
  readonly drops: DropCounts;
  /**
   * From here on checks count whose USERNAME is exactly ours, a colon, and `remoteUfrag`. Two callees may share one
   * offer: the one who was not chosen cannot nominate itself.
   */
  expect(remoteUfrag: string): void;
  /**
   * As `expect`, and from here on we check the peer too (full ICE): those of its candidates that may be contacted, and
   * where its checks come from. `isControlling` if we made the offer, or the peer is lite. A port that was opened
   * without `checking` only expects.
   */
  seek(remote: RemoteAgent, isControlling: boolean): void;
  /** One more candidate of a peer that is sought; without effect on one that is only expected. */
  addCandidate(candidate: string): void;
  /**
   * Replaces our credentials (RFC 8445 section 9); the address in use stays until a check of the next `expect` moves
   * it. Throws RangeError as `add` does.
   */
  restart(credentials: IceCredentials): void;
  /** Memory to write the very next datagram of `send` into, as `DatagramSocket.lend`; none while `remote` is undefined. */
  lend(): Buffer | undefined;
  /** Sends without waiting; dropped and counted while `remote` is undefined. `datagram` stays unchanged until the next `flush`. */
  send(datagram: Buffer): void;
  /** Hands over what is queued on the socket, for those who send outside a burst. */
  flush(): void;
}

/** What a peer may do with the port that it shares. */
export interface SharedPort extends Pick<CheckedPeer<AdmittedPeer>, 'entrances' | 'transactions' | 'probes'> {
  readonly rate: Rate;
  /** Undefined if the port only answers. */
  readonly checking: CheckingParts | undefined;
  /** Throws RangeError if the credentials cannot be used. */
  renew(credentials: IceCredentials, expired: string | undefined): void;
  leave(ufrags: readonly string[]): void;
  drop(reason: DropReason): void;
  flush(): void;
}

/** A peer as the port sees it. */
export class AdmittedPeer implements MuxPeer {
  readonly agent: IceAgent<AdmittedPeer>;
  readonly sink: DatagramSink;
  readonly bucket: TokenBucket;
  readonly drops = noDrops();
  readonly #port: SharedPort;
  #checking: ConnectivityChecks<AdmittedPeer> | undefined;
  /** The current one last; before it that of the generation before. */
  #ufrags: readonly string[];
  #isDisposed = false;

  constructor(credentials: IceCredentials, sink: DatagramSink, port: SharedPort) {
    this.agent = new IceAgent(credentials, this);
    this.sink = sink;
    this.bucket = new TokenBucket(port.rate);
    this.#port = port;
    this.#ufrags = [credentials.ufrag];
  }

  get remote(): TransportAddress | undefined {
    return this.agent.remote;
  }

  get path(): TransportPath | undefined {
    const { remote } = this.agent;
    if (remote === undefined) return undefined;
    const { address, port, via } = remote;
    return { local: via.carrier.local, remote: { address, port }, protocol: via.protocol };
  }

  get isNominated(): boolean {
    return this.agent.isNominated;
  }

  get checks(): number {
    return this.agent.checks;
  }

  get lastCheckAt(): number | undefined {
    return this.agent.lastCheckAt;
  }

  expect(remoteUfrag: string): void {
    this.#stopChecking();
    this.agent.expect(remoteUfrag);
  }

  seek(remote: RemoteAgent, isControlling: boolean): void {
    if (this.#checking?.isOf(remote) === true) {
      for (const candidate of remote.candidates) this.#checking.addCandidate(candidate);
      return;
    }
    this.expect(remote.ufrag);
    const { checking } = this.#port;
    if (checking === undefined || this.#isDisposed) return;
    this.#checking = new ConnectivityChecks(checking, this.#checked(), remote, isControlling);
    this.agent.expect(remote.ufrag, this.#checking.role);
  }

  addCandidate(candidate: string): void {
    this.#checking?.addCandidate(candidate);
  }

  /** An authenticated check came from there and was answered. */
  heard(from: Origin<AdmittedPeer>, priority: number, isNominating: boolean, now: number): void {
    this.#checking?.heard(from, priority, isNominating, now);
  }

  /** The way to one of its addresses is gone. */
  lose(from: Origin<AdmittedPeer>, now: number): void {
    if (this.agent.lose(from, now)) this.moved();
  }

  /** Tells where to send from now on. */
  moved(): void {
    const { remote } = this.agent;
    if (remote !== undefined) this.sink.addressChanged(remote);
  }

  restart(credentials: IceCredentials): void {
    if (this.#isDisposed) return;
    const [expired] = this.#ufrags.slice(0, -1);
    this.#port.renew(credentials, expired);
    this.#ufrags = [...this.#ufrags.slice(-1), credentials.ufrag];
    this.agent.restart(credentials);
  }

  lend(): Buffer | undefined {
    return this.agent.remote?.via.carrier.lend();
  }

  send(datagram: Buffer): void {
    const { remote } = this.agent;
    if (remote === undefined) this.#port.drop('no_remote');
    else remote.via.carrier.send(datagram, remote);
  }

  flush(): void {
    this.#port.flush();
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#stopChecking();
    this.#port.leave(this.#ufrags);
    this.agent.clear();
  }

  #stopChecking(): void {
    this.#checking?.[Symbol.dispose]();
    this.#checking = undefined;
  }

  #checked(): CheckedPeer<AdmittedPeer> {
    const { entrances, transactions, probes } = this.#port;
    return { agent: this.agent, entrances, transactions, probes, moved: () => this.moved() };
  }
}
