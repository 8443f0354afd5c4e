import type { Random } from '#services/kernel';

/** A random id of 53 bits, as Janus makes them: never 0, and none that `isTaken`. */
export function freeId(random: Random, isTaken: (id: number) => boolean): number {
  for (;;) {
    const id = (random.uint32() & 0x1f_ffff) * 2 ** 32 + random.uint32();
    if (id !== 0 && !isTaken(id)) return id;
  }
}
