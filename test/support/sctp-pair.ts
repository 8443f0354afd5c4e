import { Association } from '../../backend-janus/webrtc/sctp/association/association.ts';
import { isSoundSctp } from '../../backend-janus/webrtc/sctp/packet-guard.ts';
import { FakeClock } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';

/** What may happen to a packet on its way: it arrives after these delays in ms, one for each copy. */
export type Path = (packet: Buffer, random: SeededRandom) => readonly number[];

/** A path that loses nothing. */
export const goodPath: Path = () => [10];

/** One end of a pair, and what it was told. */
export interface SctpEnd {
  readonly association: Association;
  readonly heard: { readonly stream: number; readonly protocol: number; readonly bytes: Buffer }[];
  readonly resets: number[];
  /** Every packet it sent. */
  readonly sent: Buffer[];
}

/** Two associations on a fake clock, with a path between them that a test may spoil. */
export class SctpPair {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly left: SctpEnd;
  readonly right: SctpEnd;
  path: Path = goodPath;
  #wake: Disposable | undefined;

  constructor({ seed = 1, firstTsn }: { readonly seed?: number; readonly firstTsn?: number } = {}) {
    this.random = new SeededRandom(seed);
    this.left = this.#end(() => this.right, firstTsn);
    this.right = this.#end(() => this.left, firstTsn);
  }

  /** Starts both ends, and lets time pass until they are connected. */
  connect(): void {
    this.left.association.start(this.clock.now());
    this.right.association.start(this.clock.now());
    this.pass(5000);
  }

  /** Sends from the left; 5 is any protocol. */
  say(
    stream: number,
    bytes: Buffer,
    reliability: { isOrdered?: boolean; mostRetransmissions?: number; lifetimeMs?: number } = {},
  ): void {
    // prettier-ignore
    this.left.association.send(stream, 5, bytes, { isOrdered: true, ...reliability }, this.clock.now());
    this.#arm();
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#arm();
    this.clock.advance(ms);
  }

  #end(other: () => SctpEnd, firstTsn: number | undefined): SctpEnd {
    const heard: SctpEnd['heard'] = [];
    const resets: number[] = [];
    const sent: Buffer[] = [];
    const random = {
      bytes: (size: number) => this.random.bytes(size),
      uuid: () => this.random.uuid(),
      // The tag comes first, then the first transmission sequence number.
      uint32: () => (drawn++ === 1 ? (firstTsn ?? this.random.uint32()) : this.random.uint32()),
    };
    let drawn = 0;
    const association = new Association({
      ports: { local: 5000, remote: 5000 },
      mostMessageBytes: 256 * 1024,
      random,
      send: (packet) => {
        sent.push(packet);
        this.#carry(packet, other);
      },
      onMessage: (message) => heard.push(message),
      onReset: (streams) => resets.push(...streams),
    });
    return { association, heard, resets, sent };
  }

  #carry(packet: Buffer, to: () => SctpEnd): void {
    if (!isSoundSctp(packet) || packet.length > 1188) throw new Error('an unsound packet was sent');
    for (const delay of this.path(packet, this.random)) {
      this.clock.at(this.clock.now() + delay, () => {
        to().association.receive(packet, this.clock.now());
        this.#arm();
      });
    }
  }

  #arm(): void {
    this.#wake?.[Symbol.dispose]();
    const at = Math.min(this.left.association.deadline, this.right.association.deadline);
    this.#wake = at === Infinity ? undefined : this.clock.at(at, () => this.#tick());
  }

  #tick(): void {
    const now = this.clock.now();
    for (const { association } of [this.left, this.right])
      if (association.deadline <= now) association.tick(now);
    this.#arm();
  }
}

/** Loses, delays, reorders and doubles; `loss` of 0.2 is every fifth packet. */
export function badPath(loss: number): Path {
  return (_packet, random) => {
    const chance = random.uint32() / 2 ** 32;
    if (chance < loss) return [];
    const delay = 5 + (random.uint32() % 30);
    return chance > 0.97 ? [delay, delay + 20] : [delay];
  };
}
