// Compiles everything into dist/: the broker and its tests, the scripts of the pages, and what the pages show.
// The last thing it writes is dist/built, so that a build that failed is not taken for one.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const projects = ['.', 'services/console/browser'];

rmSync(`${root}dist`, { recursive: true, force: true });
for (const project of projects) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
cpSync(`${root}services/console/assets`, `${root}dist/services/console/assets`, { recursive: true });
writeFileSync(`${root}dist/built`, '');
