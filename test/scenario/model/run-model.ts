import fc from 'fast-check';
import type { Step } from './commands/step.ts';
import { Real } from './real.ts';
import { Reference } from './reference/reference.ts';

/** Any seed will do; a fixed one, so that what one run finds the next one finds too. */
const seed = 20_261_130;

/**
 * Runs random sequences of these commands over the broker and the reference. After each command both must show the
 * same; at the end everyone leaves, and nothing may be left.
 */
export async function runModel(commands: fc.Arbitrary<Step>[], numRuns: number): Promise<void> {
  const sequences = fc.commands(commands, { maxCommands: 14, size: 'max' });
  const property = fc.asyncProperty(sequences, async (sequence) => {
    const both = { model: new Reference(), real: new Real() };
    await fc.asyncModelRun(() => both, sequence);
    await leaveAll(both);
  });
  await fc.assert(property, { numRuns, seed });
}

async function leaveAll({ model, real }: { readonly model: Reference; readonly real: Real }): Promise<void> {
  for (const who of ['a', 'b'] as const) model.gone(real.leave(who));
  for (const [name, lease_id] of real.leases) {
    await real.ask('lease', 'close', { lease_id });
    model.gone(name);
  }
  for (const room of [...model.rooms.alive.values()]) {
    await real.ask('room', 'destroy', { room_id: real.idOf(room.id) });
    model.rooms.end(room, 'api_stop');
  }
  for (const who of ['a', 'b'] as const) real.leave(who);
  await real.broker.pass();
  real.compare(model);
  real.assertEmpty();
}
