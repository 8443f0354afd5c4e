import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { missingJanus } from '../../support/janus-server.ts';
import { fieldsOf, textOf } from '../../support/nats-caller.ts';
import { checks, nameOf, type Difference, type Row } from '../checks.ts';
import type { Caller } from './caller.ts';
import { enterNamespace } from './enter-namespace.ts';
import { engineKinds, House, transportKinds, type EngineKind } from './house.ts';

/** Where one test runs. */
export interface Scene {
  readonly caller: Caller;
  readonly engine: EngineKind;
  /** How this engine differs; undefined if it does not. */
  readonly difference: Difference | undefined;
}

/** One test, to be run over each transport and against each engine. */
export type Script = (scene: Scene) => Promise<void>;

/** What a file of tests does with its rows. */
export interface Rows {
  /** The test of one line of `checks`, which it names by its row and what it says. */
  readonly check: (row: Row, says: string, script: Script) => void;
  /** A test that is no row. */
  readonly also: (name: string, script: Script) => void;
}

/** A test takes a few seconds; a peer that never connects must not hold up the rest. */
const mostMs = 60_000;

/**
 * The tests of some rows, each once per transport and engine; those against Janus are skipped with the reason where it,
 * or a namespace in which peers reach it, is missing, and with `CI=true` they fail with it. A line of these rows without its test fails the file.
 */
export async function rowsOf(url: string, rows: readonly Row[]): Promise<Rows> {
  const withoutJanus = (await enterNamespace(url)) ?? missingJanus();
  const houses = new Map<EngineKind, Promise<House>>();
  const houseOf = (engine: EngineKind): Promise<House> => {
    const house = houses.get(engine) ?? House.open(engine);
    houses.set(engine, house);
    return house;
  };
  const missing = new Set(checks.filter(({ row }) => rows.includes(row)).map(nameOf));
  const add = (name: string, janus: Difference | undefined, script: Script): void => {
    for (const engine of engineKinds)
      for (const transport of transportKinds) {
        const isSkipped = engine === 'janus' && process.env['CI'] !== 'true';
        const skip = isSkipped ? (withoutJanus ?? false) : false;
        test(`${name} (${engine}, ${transport})`, { skip, timeout: mostMs }, async () => {
          if (engine === 'janus') assert.equal(withoutJanus, undefined);
          const { [transport]: caller } = (await houseOf(engine)).callers;
          try {
            await script({ caller, engine, difference: engine === 'janus' ? janus : undefined });
          } finally {
            await endAll(caller);
          }
        });
      }
  };
  after(async () => {
    for (const house of houses.values()) await (await house)[Symbol.asyncDispose]();
  });
  test(`rows ${rows.join(', ')} have all their tests`, () => assert.deepEqual([...missing], []));
  return {
    check: (row, says, script) => {
      const check = checks.find((one) => one.row === row && one.says === says);
      if (check === undefined) throw new Error(`row ${row} has no check that says: ${says}`);
      missing.delete(nameOf(check));
      add(nameOf(check), check.janus, script);
    },
    also: (name, script) => add(name, undefined, script),
  };
}

/** What one test leaves behind is not the next one's. */
async function endAll(caller: Caller): Promise<void> {
  const { data } = await caller.ask('session.get_list', {});
  assert.ok(Array.isArray(data));
  for (const one of data)
    await caller.command('session.destroy', { session_id: textOf(fieldsOf(one), 'session_id') });
}
