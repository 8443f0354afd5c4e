import type { TransportAddress } from '#services/kernel';

/** Finds a value by address in constant time, without making a string for it. */
export class AddressTable<Value> {
  /** By port first, because most peers have one of their own. */
  readonly #byPort = new Map<number, Map<string, Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ address, port }: TransportAddress): Value | undefined {
    return this.#byPort.get(port)?.get(address);
  }

  set({ address, port }: TransportAddress, value: Value): void {
    const values = this.#byPort.get(port) ?? new Map<string, Value>();
    if (!values.has(address)) this.#size += 1;
    values.set(address, value);
    this.#byPort.set(port, values);
  }

  delete({ address, port }: TransportAddress): void {
    const values = this.#byPort.get(port);
    if (values?.delete(address) !== true) return;
    this.#size -= 1;
    if (values.size === 0) this.#byPort.delete(port);
  }
}
