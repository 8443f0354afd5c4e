import { spawnSync } from 'node:child_process';

/** The pair's near end, which carries the address; Janus ignores loopback interfaces, so it is not one. */
export const interfaceName = 'bench0';

/** Of the loopback network, so that nothing leaves the machine, but on `interfaceName`. */
export const benchAddress = '127.0.0.2';

/** A network namespace of our own with one address. Disposing ends what still runs in it, and removes it. */
export class Namespace implements Disposable {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes one, or says why that is not possible here. */
  static make(): Namespace | { readonly refused: string } {
    const name = `bifrons-bench-${process.pid}`;
    const refused = ip('netns', 'add', name);
    if (refused !== undefined) return { refused };
    const namespace = new Namespace(name);
    const failure = namespace.#furnish();
    if (failure === undefined) return namespace;
    namespace[Symbol.dispose]();
    return { refused: failure };
  }

  /** The command that runs `command` inside. */
  enter(command: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  [Symbol.dispose](): void {
    const { stdout } = spawnSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean)) kill(Number(pid));
    ip('netns', 'del', this.name);
  }

  /** What went wrong, if anything. */
  #furnish(): string | undefined {
    const steps = [
      ['link', 'set', 'lo', 'up'],
      ['link', 'add', interfaceName, 'type', 'veth', 'peer', 'name', 'bench1'],
      ['link', 'set', interfaceName, 'up'],
      ['link', 'set', 'bench1', 'up'],
      ['addr', 'add', `${benchAddress}/32`, 'dev', interfaceName],
    ];
    for (const step of steps) {
      const failure = ip('-n', this.name, ...step);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }
}

/** What `ip` complains of; undefined if it did what it was told. */
function ip(...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : stderr.trim() || `ip ${args.join(' ')} failed`;
}

/** A process that was started in the namespace and outlived who started it. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
