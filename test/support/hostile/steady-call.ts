import type { Clock } from '#services/kernel';
import type { HostilePeer } from './hostile-peer.ts';
import { audioPacket, counterOf } from './media-packets.ts';

const everyMs = 10;

/** An honest call beside a hostile one: sends audio at a steady rate and counts what comes back of it. */
export class SteadyCall implements Disposable {
  sent = 0;
  readonly #peer: HostilePeer;
  readonly #clock: Clock;
  readonly #packets: number;
  readonly #returned = new Set<number>();
  #nextAt: number;
  #timer: Disposable;

  /** `packetsPerSecond` is a multiple of 100; `peer` is connected. */
  constructor(peer: HostilePeer, clock: Clock, packetsPerSecond: number) {
    this.#peer = peer;
    this.#clock = clock;
    this.#packets = (packetsPerSecond * everyMs) / 1000;
    this.#nextAt = clock.now();
    peer.onRtp = (packet) => {
      const counter = counterOf(packet);
      if (counter !== undefined) this.#returned.add(counter);
    };
    this.#timer = this.#send();
  }

  /** Different packets that came back. */
  get returned(): number {
    return this.#returned.size;
  }

  /** From 0 to 1; meaningful once everything had time to come back. */
  get lossRatio(): number {
    return 1 - this.returned / this.sent;
  }

  /** Sends no more. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #send(): Disposable {
    for (let count = 0; count < this.#packets; count += 1) {
      this.#peer.send(this.#peer.sealRtp(audioPacket(this.sent)));
      this.sent += 1;
    }
    this.#nextAt += everyMs;
    this.#timer = this.#clock.at(this.#nextAt, () => void this.#send());
    return this.#timer;
  }
}
