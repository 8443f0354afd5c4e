// Runs the tests of endurance and of hostile input in full, one after the other, and prints what they measured:
// `npm run soak`, or `npm run soak -- soak-02 bad-03` for some of them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../dist/test/interop/', import.meta.url));
const sized = /^(soak-\d+|bad-0[23])\.test\.js$/;
const wanted = process.argv.slice(2);

const files = ['soak', 'hostile'].flatMap((folder) =>
  readdirSync(compiled + folder)
    .filter((file) => sized.test(file))
    .filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)))
    .sort()
    .map((file) => `${compiled}${folder}/${file}`),
);

const folder = mkdtempSync(join(tmpdir(), 'bifrons-soak-'));
const figuresFile = join(folder, 'figures');
const env = { ...process.env, TEST_SIZES: 'full', FIGURES_FILE: figuresFile };
const flags = ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=1'];
const { status } = spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', env });

const lines = existsSync(figuresFile) ? readFileSync(figuresFile, 'utf8').trim().split('\n') : [];
const figures = lines.map((line) => JSON.parse(line));
rmSync(folder, { recursive: true, force: true });

const text = ({ id, test, ...values }) => [
  test.startsWith(id) ? test : `${id} ${test}`,
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
];
for (const figure of figures) process.stdout.write(`${text(figure).join('\n    ')}\n`);
process.stdout.write(`${JSON.stringify({ node: process.version, figures })}\n`);
process.exitCode = status ?? 1;
