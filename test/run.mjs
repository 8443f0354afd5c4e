// Runs the compiled tests of the named levels, one after the other: `node test/run.mjs unit contract interop`.
// Names files rather than folders, because Node 20 and 22 read folders differently.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../dist/test/', import.meta.url));

/** Real time and real peers: one file at a time, so that none waits for another's work. */
const alone = new Set(['interop']);

/**
 * Of those, what asks whether something is so and not how fast it is, on ports or in a network that nobody else has:
 * two at a time. Such files wait for peers most of their time.
 */
const patient = [
  'appendix-c/',
  'backend/',
  'bridge/',
  'echo/',
  'faults/flt-05',
  'p2p/',
  'pages/api',
  'pages/call',
  'pages/echo',
  'pages/start',
  'peers/chromium',
  'peers/data-channels',
  'peers/werift',
  'peers/wrtc',
  'robustness/shutdown',
  'soak/soak-03',
];

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
const isPatient = (file) => patient.some((path) => file.startsWith(`${compiled}interop/${path}`));
let status = together.length === 0 ? 0 : run(together, 2);
if (status === 0 && apart.length > 0) status = run(apart.filter(isPatient), 2);
if (status === 0 && apart.length > 0)
  status = run(
    apart.filter((file) => !isPatient(file)),
    1,
  );
process.exitCode = status;
