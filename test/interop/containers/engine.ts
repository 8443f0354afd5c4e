import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The scripts are not compiled, so they are found from the root of the project. */
const scripts = fileURLToPath(new URL('../../../../deploy/containers/', import.meta.url));

/** What the scripts call. */
const programs = ['dockerd', 'docker', 'ip', 'nsenter', 'setsid', 'tar'];

/** Flags for machines without NAT or without overlayfs. */
const modestFlags = ['--iptables=false', '--ip6tables=false', '--storage-driver=vfs'];

/** A Docker engine of one's own, in a network namespace of its own. Disposing ends it and its containers. */
export interface Engine extends AsyncDisposable {
  /** Makes an image of one program and what it needs, without a registry. */
  image(program: string, tag: string, ports: readonly number[]): Promise<void>;
  /** Runs a compiled module in the engine's network, where published ports are. Rejects with what it wrote. */
  runModule(module: URL, args: readonly string[]): Promise<string>;
}

/** Why no engine can be had here, or undefined if it may work. */
export async function whyNoEngine(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a container engine needs Linux and root';
  const found = await Promise.all(programs.map(isInstalled));
  const missing = programs.filter((_program, at) => found[at] !== true);
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} not installed (apt-get install --no-install-recommends docker.io iproute2)`;
}

/** Starts an engine. Rejects with the end of its log where it does not come up. */
export async function startEngine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'bifrons-'));
  const end = async (): Promise<void> => {
    await run(join(scripts, 'docker-down.sh'), [folder]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await bringUp(folder);
  } catch (cause) {
    await end();
    throw cause;
  }
  const environment = {
    ...process.env,
    DOCKER_HOST: `unix://${folder}/docker.sock`,
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
    TESTCONTAINERS_RYUK_DISABLED: 'true',
  };
  return {
    image: async (program, tag, ports) => {
      const root = join(folder, 'root');
      await run(join(scripts, 'mkroot.sh'), [program, root]);
      const changes = [`ENTRYPOINT ["${program}"]`, ...ports.map((port) => `EXPOSE ${port}`)];
      const flags = changes.map((change) => `--change '${change}'`).join(' ');
      await run('sh', ['-c', `tar -C ${root} -c . | docker import ${flags} - ${tag}`], { env: environment });
    },
    runModule: async (module, args) => {
      const net = `--net=/run/netns/td-${basename(folder)}`;
      const node = [process.execPath, '--enable-source-maps', fileURLToPath(module)];
      const { stdout } = await run('nsenter', [net, ...node, ...args], { env: environment, timeout: 60_000 });
      return stdout;
    },
    [Symbol.asyncDispose]: end,
  };
}

async function bringUp(folder: string): Promise<void> {
  const up = join(scripts, 'docker-up.sh');
  try {
    await run(up, [folder]);
  } catch {
    // Some kernels lack what Docker wants by default; if the modest way fails too, its reason counts.
    await run(join(scripts, 'docker-down.sh'), [folder]);
    await run(up, [folder, ...modestFlags]);
  }
}

async function isInstalled(program: string): Promise<boolean> {
  try {
    await run('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    // Which is the answer.
    return false;
  }
}
