import { PlainRtpLegs } from '#janus/plain-rtp';
import type { PlainRtp } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import type { DatagramSocket, TransportAddress } from '#services/kernel';
import { FakeClock, settle } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** A plain phone on the virtual network: two sockets, and everything that came to them. */
export class VirtualPhone {
  readonly received: Buffer[] = [];
  readonly receivedRtcp: Buffer[] = [];
  #rtp: DatagramSocket | undefined;
  #rtcp: DatagramSocket | undefined;

  static async open(network: VirtualNetwork, address: string, port: number): Promise<VirtualPhone> {
    const phone = new VirtualPhone();
    const into = (list: Buffer[]) => ({ receive: (bytes: Buffer) => void list.push(Buffer.from(bytes)) });
    phone.#rtp = await network.bind({ address, port }, into(phone.received));
    phone.#rtcp = await network.bind({ address, port: port + 1 }, into(phone.receivedRtcp));
    return phone;
  }

  get address(): TransportAddress {
    return this.#rtp?.local ?? { address: '', port: 0 };
  }

  /** Sends RTP to a leg, from the even port. */
  send(leg: Pick<PlainRtp, 'local'>, bytes: Buffer): void {
    this.#rtp?.send(bytes, leg.local);
    this.#rtp?.flush();
  }

  /** Sends RTCP to a leg, from the odd port. */
  sendRtcp(leg: Pick<PlainRtp, 'local'>, bytes: Buffer): void {
    this.#rtcp?.send(bytes, { ...leg.local, port: leg.local.port + 1 });
    this.#rtcp?.flush();
  }
}

/** Real legs on a virtual network and a fake clock, and the phones around them. */
export class PlainRtpWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly network = new VirtualNetwork(this.clock);
  readonly factory: PlainRtpLegs;
  #bell: DatagramSocket | undefined;
  #phones = 0;

  constructor(ports = { first: 20_000, last: 20_099 }) {
    const random = new SeededRandom();
    const parts = { clock: this.clock, random, sockets: this.network, srtp: srtpContexts };
    this.factory = new PlainRtpLegs(parts, { address: '192.0.2.9', ports });
  }

  peer(host: 'near' | 'far'): Promise<VirtualPhone> {
    this.#phones += 1;
    const address = host === 'near' ? '192.0.2.1' : '198.51.100.1';
    return VirtualPhone.open(this.network, address, 30_000 + 2 * this.#phones);
  }

  /** A datagram to nowhere makes a burst, after which every socket hands over what it holds. */
  async run(ms: number): Promise<void> {
    const source = { address: '192.0.2.200', port: 9 };
    this.#bell ??= await this.network.bind(source, { receive: () => undefined });
    this.#bell.send(Buffer.from('go'), source);
    this.#bell.flush();
    await this.clock.run(ms);
    await settle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.factory[Symbol.asyncDispose]();
  }
}
