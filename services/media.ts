import { networkInterfaces } from 'node:os';
import { Engines, JanusBackend, RemoteEngine } from '#janus/adapter';
import { localConnection, webSocketConnection, type JanusConnection } from '#janus/client';
import { PlainRtpLegs, type PlainRtpLegsOptions } from '#janus/plain-rtp';
import { srtpContexts } from '#janus/srtp';
import { TcpServerFactory, WebRtc, type WebRtcOptions } from '#janus/webrtc';
import type { Config } from '#schemas';
import { UdpSocketFactory, type Clock, type Log } from '#services/kernel';
import { Engine } from '../backend-janus/engine.ts';
import { engineSettings, portRange, serverAddress, type EngineSetting } from './config.ts';
import { at, type Ground } from './ground.ts';

/** What the broker needs of its media. */
export interface Media {
  readonly backend: JanusBackend;
  /** UDP; undefined without an embedded engine. */
  readonly port: number | undefined;
  readonly iceTcpPort: number | undefined;
}

/** The engines of the settings, and the backend in front of them. */
export async function openMedia(ground: Ground): Promise<Media> {
  const { config, scope, clock, random, log } = ground;
  const engines = scope.own(new Engines());
  let webrtc: WebRtc | undefined;
  for (const [index, setting] of engineSettings(config.engines).entries()) {
    const id = `${ground.node}-${index}`;
    if (setting.kind === 'janus') openRemote(ground, engines, id, setting);
    else webrtc = await openEmbedded(ground, engines, id);
  }
  const backend = scope.own(new JanusBackend({ clock, log, random, engines, node: ground.node }));
  return { backend, port: webrtc?.local.port, iceTcpPort: webrtc?.tcpPort };
}

/** An engine in this process on its UDP port. */
async function openEmbedded(ground: Ground, engines: Engines, id: string): Promise<WebRtc> {
  const { config, scope, clock, random, log } = ground;
  const parts = { clock, random, sockets: new UdpSocketFactory(clock), srtp: srtpContexts };
  const opening = WebRtc.open(parts, webRtcOptions(config, clock));
  const webrtc = scope.own(await at('BIFRONS_MEDIA_PORT', config.mediaPort, opening));
  const plainRtp = scope.own(new PlainRtpLegs(parts, plainRtpOptions(config)));
  const made = { clock, random, log, peerConnections: webrtc, plainRtp };
  const engine = scope.own(new Engine(id, made, { isIceLite: config.ice === 'lite' }));
  await engines.add(id, localConnection(engine.door, { clock, fault: engineFault(log) }));
  return webrtc;
}

/** A Janus elsewhere; whether it is there or not, the broker runs. */
function openRemote(
  { scope, clock, random, log, node }: Ground,
  engines: Engines,
  id: string,
  { url, apiSecret }: Extract<EngineSetting, { kind: 'janus' }>,
): void {
  const parts = { clock, fault: engineFault(log), ...(apiSecret !== undefined && { apiSecret }) };
  const connect = (): JanusConnection => webSocketConnection(url, parts);
  scope.own(new RemoteEngine(id, { clock, random, log, engines, node, connect }));
}

function engineFault(log: Log): (err: unknown) => void {
  return (err) => log.error({ err }, 'the connection to an engine failed');
}

/** Plain legs have one address: that of the first family that the media port has. */
function plainRtpOptions(config: Readonly<Config>): PlainRtpLegsOptions {
  const [address = '127.0.0.1'] = config.mediaAddress;
  const isAlike = (one: string): boolean => one.includes(':') === address.includes(':');
  const announcedAddress = announcedAddresses(config).find(isAlike) ?? address;
  return { address, announcedAddress, ports: portRange(config.rtpPorts) };
}

function webRtcOptions(config: Readonly<Config>, clock: Clock): WebRtcOptions {
  const { mediaAddress, mediaPort, ice, stunServers, iceTcpPort } = config;
  const [address = '127.0.0.1', secondAddress] = mediaAddress;
  return {
    local: { address, port: mediaPort },
    ...(secondAddress !== undefined && { secondAddress }),
    announcedAddresses: announcedAddresses(config),
    ice,
    stunServers: stunServers.flatMap((server) => serverAddress(server) ?? []),
    ...(iceTcpPort !== undefined && {
      iceTcp: { servers: new TcpServerFactory(clock), port: iceTcpPort },
    }),
  };
}

/** How peers reach the media port: as set, else where it is bound; bound to every address, at each we have. */
function announcedAddresses({ announcedAddress, mediaAddress }: Readonly<Config>): readonly string[] {
  if (announcedAddress !== undefined) return announcedAddress;
  return mediaAddress.flatMap((address) => {
    if (address !== '0.0.0.0' && address !== '::') return [address];
    const family = address === '::' ? 'IPv6' : 'IPv4';
    return Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((one) => one.family === family && !one.internal && !isLinkLocal(one.address))
      .map((one) => one.address);
  });
}

/** Of no use in SDP without its zone, which is of this machine (RFC 8839 section 5.1). */
function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:') || address.startsWith('169.254.');
}
