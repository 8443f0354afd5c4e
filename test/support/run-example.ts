import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = new URL('../../../deploy/examples/', import.meta.url);

/** Runs one of `deploy/examples/` (`echo-nats.mjs`, `echo-curl.sh`, …) against the broker at `address`. */
export async function runExample(file: string, address: string): Promise<Ending> {
  const program = file.endsWith('.sh') ? '/bin/sh' : process.execPath;
  const child = spawn(program, [new URL(file, folder).pathname, address], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
