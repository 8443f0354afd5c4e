import { isIPv6 } from 'node:net';
import type { Clock, DatagramSocketFactory, Random, TransportAddress } from '#services/kernel';
import { ReflexiveAddresses } from './full-ice/reflexive-addresses.ts';
import type { StreamServerFactory } from './ice-tcp/stream-server.ts';
import { TcpCarrier, type TcpCounts } from './ice-tcp/tcp-carrier.ts';
import { UdpMux } from './udp-mux.ts';

/** Where the media port is, and how peers reach it. */
export interface MediaPortOptions {
  /** Port 0 picks a free one. */
  readonly local: TransportAddress;
  /** An address of the other IP family, at the same port unless that was picked and is taken there. */
  readonly secondAddress?: string;
  /** IP addresses to announce as candidates, the best first; the local addresses if there are none. */
  readonly announcedAddresses: readonly string[];
  /** `full`: we check peers too, for servers that cannot be reached from outside by themselves. Default `lite`. */
  readonly ice?: 'lite' | 'full';
  /** Of full ICE: who is asked for the addresses that we are seen at. Default nobody. */
  readonly stunServers?: readonly TransportAddress[];
  /** Connections for peers without UDP, on the same addresses; port 0 picks a free one. Default none. */
  readonly iceTcp?: { readonly servers: StreamServerFactory; readonly port: number };
}

/** What a media port is made of. */
export interface MediaPortParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
}

/** RFC 8445 section 5.1.2.1, and for TCP a value below all of UDP, as RFC 6544 section 4.2 asks. */
const typePreference = { udp: 126, srflx: 100, tcp: 90 };

/** The one port, with all ways in, and the candidates that say so. */
export class MediaPort implements AsyncDisposable {
  readonly mux: UdpMux;
  readonly #announced: readonly string[];
  readonly #tcp: readonly TcpCarrier[];
  readonly #reflexive: ReflexiveAddresses | undefined;

  private constructor(
    mux: UdpMux,
    announced: readonly string[],
    tcp: readonly TcpCarrier[],
    reflexive: ReflexiveAddresses | undefined,
  ) {
    this.mux = mux;
    this.#announced = announced;
    this.#tcp = tcp;
    this.#reflexive = reflexive;
  }

  /** Rejects with the system's error, for example EADDRINUSE. Waits for STUN servers for a second at most. */
  static async open(parts: MediaPortParts, options: MediaPortOptions): Promise<MediaPort> {
    const { clock, random, sockets } = parts;
    const { local, secondAddress, announcedAddresses, iceTcp, stunServers = [] } = options;
    const second = secondAddress === undefined ? [] : [{ address: secondAddress, port: local.port }];
    const mux = await UdpMux.open(
      sockets,
      [local, ...second],
      {},
      {
        clock,
        random,
        announced: announcedAddresses,
      },
    );
    try {
      const tcp = iceTcp === undefined ? [] : await listen(mux, clock, iceTcp);
      const isFull = options.ice === 'full' && stunServers.length > 0;
      const inquiry = { clock, random, ...mux.asking };
      const reflexive = isFull ? new ReflexiveAddresses(inquiry, stunServers) : undefined;
      await reflexive?.settled;
      return new MediaPort(mux, announcedAddresses, tcp, reflexive);
    } catch (cause) {
      await mux[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** The TCP port of ICE-TCP; undefined if there is none. */
  get tcpPort(): number | undefined {
    return this.#tcp[0]?.local.port;
  }

  /** Connections of ICE-TCP. */
  get connections(): number {
    return this.#tcp.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** By IP family, in the order of the addresses. */
  get tcpCounts(): readonly TcpCounts[] {
    return this.#tcp.map(({ counts }) => counts);
  }

  /** As in `a=candidate`, without `a=` (RFC 8839 section 5.1, RFC 6544 section 4.5). */
  get candidates(): readonly string[] {
    const hosts = this.mux.locals.flatMap(({ address, port, protocol }) =>
      this.#hostsOf(address).map((host) => {
        const priority = priorityOf(typePreference[protocol], this.#announced.indexOf(host));
        const kind = protocol === 'tcp' ? ' tcptype passive' : '';
        return `${protocol} ${priority} ${host} ${port} typ host${kind}`;
      }),
    );
    const reflexive = (this.#reflexive?.addresses ?? []).map(({ mapped, base }, index) => {
      const priority = priorityOf(typePreference.srflx, index);
      return `udp ${priority} ${mapped.address} ${mapped.port} typ srflx raddr ${base.address} rport ${base.port}`;
    });
    return [...hosts, ...reflexive].map((text, index) => `candidate:${index + 1} 1 ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reflexive?.[Symbol.dispose]();
    await this.mux[Symbol.asyncDispose]();
  }

  /** What to call a socket that is bound to `address`. */
  #hostsOf(address: string): readonly string[] {
    if (this.#announced.length === 0) return [address];
    return this.#announced.filter((host) => isIPv6(host) === isIPv6(address));
  }
}

/** A later address is less preferred, by its local preference (RFC 8445 section 5.1.2.1). */
function priorityOf(type: number, index: number): number {
  return type * 2 ** 24 + (65_535 - Math.max(0, index)) * 2 ** 8 + 255;
}

async function listen(
  mux: UdpMux,
  clock: Clock,
  { servers, port }: { readonly servers: StreamServerFactory; readonly port: number },
): Promise<readonly TcpCarrier[]> {
  const list: TcpCarrier[] = [];
  for (const { address } of mux.locals) {
    await mux.attach(async (host) => {
      const carrier = await TcpCarrier.open({ servers, clock }, { address, port }, host);
      list.push(carrier);
      return carrier;
    });
  }
  return list;
}
