import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Of the loopback network, so that nothing leaves the machine, but on an interface that Janus does not ignore. */
export const address = '127.0.0.2';
export const interfaceName = 'bifrons0';

/** Set in the process that runs inside. */
const mark = 'BIFRONS_TEST_NAMESPACE';

const furnish = [
  'ip link set lo up',
  `ip link add ${interfaceName} type veth peer name bifrons1`,
  `ip link set ${interfaceName} up`,
  'ip link set bifrons1 up',
  `ip addr add ${address}/32 dev ${interfaceName}`,
  'exec "$@"',
].join(' && ');

/** Whether this process runs in the namespace. */
export function isInNamespace(): boolean {
  return process.env[mark] !== undefined;
}

/**
 * Runs the file again in a network namespace of its own, in which real peers reach a real Janus, and ends with it: only
 * inside does this return, with undefined. Where a namespace is not allowed it returns the reason. The namespace ends
 * with its last process.
 */
export async function enterNamespace(url: string): Promise<string | undefined> {
  if (isInNamespace()) return undefined;
  const refused = whyNot();
  if (refused !== undefined) return refused;
  const program = [process.execPath, ...process.execArgv, fileURLToPath(url)];
  const child = spawn('unshare', ['--net', 'sh', '-c', furnish, 'sh', ...program], {
    // The reports of the tests are its output.
    stdio: 'inherit',
    env: { ...process.env, [mark]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  await once(child, 'exit');
  process.exit(child.exitCode ?? 1);
}

function whyNot(): string | undefined {
  const { error, status, stderr } = spawnSync('unshare', ['--net', 'ip', 'link'], { encoding: 'utf8' });
  if (error !== undefined) return `no network namespace: ${error.message}`;
  return status === 0 ? undefined : `no network namespace: ${stderr.trim()}`;
}
