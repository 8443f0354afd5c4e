import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What differs between the Janus servers of a run. */
export interface JanusSettings {
  /** The one address that it uses, and its interface, which must not be the loopback. */
  readonly address: string;
  readonly interfaceName: string;
  readonly port: number;
  /** All handles share so many threads; 0 is Janus's default, a thread for each. */
  readonly eventLoops: number;
}

const kept = ['libjanus_echotest.so', 'libjanus_videoroom.so', 'libjanus_websockets.so'];

/** A folder with the configuration of one Janus, removed at the end. */
export class JanusFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** `modules` is where the package keeps plugins and transports; all but those that are used stay out. */
  static async make(settings: JanusSettings, modules: string): Promise<JanusFolder> {
    const folder = new JanusFolder(await mkdtemp(join(tmpdir(), 'bifrons-bench-janus-')));
    const plugins = await unusedIn(join(modules, 'plugins'));
    const transports = await unusedIn(join(modules, 'transports'));
    const files = {
      'janus.jcfg': mainFile(settings, plugins, transports),
      'janus.transport.websockets.jcfg': webSocketFile(settings),
      'janus.plugin.videoroom.jcfg': 'general: {\n}\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function unusedIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.so') && !kept.includes(name));
}

/** Nothing is logged but fatal errors; everything that is not said is Janus's default. */
function mainFile(
  { address, interfaceName, eventLoops }: JanusSettings,
  plugins: readonly string[],
  transports: readonly string[],
): string {
  return `general: {
  debug_level = 1
  interface = "${address}"
  session_timeout = 0
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
