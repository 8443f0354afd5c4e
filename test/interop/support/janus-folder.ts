import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What differs between the Janus servers that are started. */
export interface JanusSettings {
  /** The one address that it uses. */
  readonly address: string;
  /** The interface of `address`, which peers reach only if it is not the loopback. */
  readonly interfaceName: string;
  readonly port: number;
  /** All handles share so many threads; 0 is Janus's default, a thread for each. */
  readonly eventLoops: number;
  /** By their short names: `videoroom`. */
  readonly plugins: readonly string[];
  /** Seconds until a silent session ends; 0 is never. */
  readonly sessionTimeout: number;
  /** What each request must carry, if anything. */
  readonly apiSecret?: string;
}

/** A folder with the configuration of one Janus, removed at the end. */
export class JanusFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** `modules` is where the package keeps plugins and transports; all that are not wanted stay out. */
  static async make(settings: JanusSettings, modules: string): Promise<JanusFolder> {
    const folder = new JanusFolder(await mkdtemp(join(tmpdir(), 'bifrons-janus-')));
    const wanted = settings.plugins.map((name) => `libjanus_${name}.so`);
    const plugins = await othersIn(join(modules, 'plugins'), wanted);
    const transports = await othersIn(join(modules, 'transports'), ['libjanus_websockets.so']);
    const files = {
      'janus.jcfg': mainFile(settings, plugins, transports),
      'janus.transport.websockets.jcfg': webSocketFile(settings),
      'janus.plugin.videoroom.jcfg': 'general: {\n}\n',
      'janus.plugin.nosip.jcfg': `general: {\n  local_ip = "${settings.address}"\n}\n`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function othersIn(folder: string, wanted: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.so') && !wanted.includes(name));
}

/** Nothing is logged but fatal errors; everything that is not said is Janus's default. */
function mainFile(
  { address, interfaceName, eventLoops, sessionTimeout, apiSecret }: JanusSettings,
  plugins: readonly string[],
  transports: readonly string[],
): string {
  return `general: {
  debug_level = 1
  interface = "${address}"
  session_timeout = ${sessionTimeout}
  ${apiSecret === undefined ? '' : `api_secret = "${apiSecret}"`}
  ${eventLoops > 0 ? `event_loops = ${eventLoops}` : ''}
}
nat: {
  nice_debug = false
  ice_enforce_list = "${interfaceName}"
}
media: {
  ipv6 = false
}
plugins: {
  disable = "${plugins.join(',')}"
}
transports: {
  disable = "${transports.join(',')}"
}
events: {
  broadcast = false
}
`;
}

function webSocketFile({ address, port }: JanusSettings): string {
  return `general: {
  json = "compact"
  ws = true
  ws_port = ${port}
  ws_ip = "${address}"
  wss = false
}
admin: {
  admin_ws = false
  admin_wss = false
}
`;
}
