// Runs the compiled tests of the named levels, one after the other: `node test/run.mjs unit contract interop`.
// Names files rather than folders, because Node 20 and 22 read folders differently.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../dist/test/', import.meta.url));

/** Real time and real peers: one file at a time, so that none waits for another's work. */
const alone = new Set(['interop']);

/** Of those, what asks whether something is so and not how fast it is, in a network of its own: two at a time. */
const patient = ['interop/appendix-c/', 'interop/backend/'];

function testsOf(level) {
  return readdirSync(compiled + level, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .sort()
    .map((file) => `${compiled}${level}/${file}`);
}

function run(files, concurrency) {
  const flags = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
  ];
  return spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit' }).status ?? 1;
}

const levels = process.argv.slice(2);
const together = levels.filter((level) => !alone.has(level)).flatMap(testsOf);
const apart = levels.filter((level) => alone.has(level)).flatMap(testsOf);
const isPatient = (file) => patient.some((folder) => file.startsWith(compiled + folder));
let status = together.length === 0 ? 0 : run(together, 2);
if (status === 0 && apart.length > 0) status = run(apart.filter(isPatient), 2);
if (status === 0 && apart.length > 0)
  status = run(
    apart.filter((file) => !isPatient(file)),
    1,
  );
process.exitCode = status;
