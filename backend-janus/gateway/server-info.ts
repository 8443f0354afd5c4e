import type { Plugin } from './plugin.ts';
import type { GatewaySettings } from './settings.ts';

/** Extensions of ours that a client may use because `info` names them: members called `bifrons` in bodies of messages. */
const extensions = ['echotest.data', 'nosip.latch', 'stats', 'videocall.data'];

/** Those that the gateway itself understands, on handles of every plugin. */
const ownExtensions: ReadonlySet<string> = new Set(['stats']);

/** The `server_info` reply, with its members in the order of Janus. */
export function serverInfo(
  transaction: string,
  settings: GatewaySettings,
  plugins: Iterable<Plugin>,
): object {
  const { publicAddress } = settings;
  const known = [...plugins];
  return {
    janus: 'server_info',
    transaction,
    name: settings.name,
    version: versionNumber(settings.version),
    version_string: settings.version,
    author: 'Bifrons',
    'commit-hash': 'unknown',
    'compile-time': 'unknown',
    'log-to-stdout': true,
    'log-to-file': false,
    data_channels: true,
    'accepting-new-sessions': true,
    'session-timeout': settings.sessionTimeoutMs / 1000,
    'reclaim-session-timeout': settings.reclaimTimeoutMs / 1000,
    'candidates-timeout': settings.candidatesTimeoutMs / 1000,
    'server-name': settings.serverName,
    'local-ip': settings.localAddress,
    ...(publicAddress !== undefined && { 'public-ip': publicAddress, 'public-ips': [publicAddress] }),
    ...transportFacts(settings),
    api_secret: settings.apiSecret !== undefined,
    auth_token: false,
    event_handlers: true,
    opaqueid_in_api: false,
    dependencies: {},
    transports: {},
    events: {},
    loggers: {},
    plugins: Object.fromEntries(known.map((plugin) => [plugin.package, pluginInfo(plugin)])),
    bifrons: { version: settings.version, extensions: extensionsOf(known) },
  };
}

function transportFacts({ localAddress, isIceLite }: GatewaySettings): object {
  return {
    ipv6: localAddress.includes(':'),
    'ice-lite': isIceLite,
    'ice-tcp': false,
    'ice-nomination': 'regular',
    'ice-consent-freshness': false,
    'ice-keepalive-conncheck': false,
    'full-trickle': false,
    'mdns-enabled': false,
    'min-nack-queue': 200,
    'nack-optimizations': false,
    'twcc-period': 200,
    'dtls-mtu': 1200,
    'static-event-loops': 0,
  };
}

/** Our own, and those of the plugins that there are. */
function extensionsOf(plugins: readonly Plugin[]): readonly string[] {
  const packages = new Set(plugins.map((plugin) => plugin.package));
  const isOfPlugin = (name: string): boolean => packages.has(`janus.plugin.${name.split('.', 1).join('')}`);
  return extensions.filter((name) => ownExtensions.has(name) || isOfPlugin(name));
}

function pluginInfo({ name, description, version }: Plugin): object {
  return { name, author: 'Bifrons', description, version_string: `0.0.${version}`, version };
}

/** As Janus counts: 1.1.2 is 1102. */
function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1000 + minor * 100 + patch;
}
