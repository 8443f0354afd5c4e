import type { Config } from '#schemas';
import type { Clock, Log, Random, Scope } from '#services/kernel';

/** What every part of the house is given. */
export interface Ground {
  readonly config: Readonly<Config>;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly node: string;
  /** Ends the process in order, with exit code 1. */
  fail(cause: unknown): void;
}

/** Says which setting to change when the system refuses a place to listen. */
export async function at<Result>(setting: string, port: number, opening: Promise<Result>): Promise<Result> {
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    const isTaken = cause.code === 'EADDRINUSE';
    const why = isTaken ? `port ${port} is taken; choose another, or 0 for any that is free` : String(cause);
    throw new Error(`${setting}: ${why}`, { cause });
  }
}
