import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, usage } from './arguments.ts';
import { benchAddress, Namespace } from './namespace.ts';

/**
 * `npm run bench`: makes a network namespace, runs the load in it on a core of its own, and takes everything away
 * at the end, also of a run that was interrupted.
 */
const program = fileURLToPath(import.meta.resolve('./run.js'));
const args = process.argv.slice(2);

if (args.includes('--help')) process.stdout.write(usage);
else process.exitCode = await bench();

async function bench(): Promise<number> {
  const { cores } = readArguments(args);
  if (availableParallelism() < 2)
    process.stderr.write('one core for server and load: the figures say nothing\n');
  const namespace = Namespace.make();
  const load = (address: string, refused: string): readonly string[] => [
    ...['taskset', '-c', String(cores[1]), process.execPath, '--enable-source-maps', program],
    ...[address, refused, ...args],
  ];
  if (!(namespace instanceof Namespace)) {
    process.stderr.write(`no network namespace (${namespace.refused}), so no Janus\n`);
    return await run(load('127.0.0.1', `no network namespace: ${namespace.refused}`));
  }
  using owned = namespace;
  return await run(owned.enter(load(benchAddress, '')));
}

/** Runs a command and gives its exit code; who interrupts us interrupts it. */
async function run([command = '', ...rest]: readonly string[]): Promise<number> {
  // Servers keep their files in it, and cannot remove them when they are interrupted.
  const folder = mkdtempSync(join(tmpdir(), 'bifrons-bench-'));
  const child = spawn(command, rest, { stdio: 'inherit', env: { ...process.env, TMPDIR: folder } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(child));
  await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
  return child.exitCode ?? 1;
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
}
