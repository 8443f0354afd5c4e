/** How a gateway behaves, and how `info` shows it. */
export interface GatewaySettings {
  /** As `info` calls the server. Default `Bifrons`. */
  readonly name: string;
  /** Of the program, as `major.minor.patch`. Default `0.1.0`. */
  readonly version: string;
  /** Name of this instance, for people and as `emitter` of events. Default `Bifrons`. */
  readonly serverName: string;
  /** Where media is bound. Default `127.0.0.1`. */
  readonly localAddress: string;
  /** Where peers are told to send media, if that is elsewhere. */
  readonly publicAddress?: string;
  /** False if peers are contacted (RFC 8445 section 2.5). Default true. */
  readonly isIceLite: boolean;
  /** How long a session may be idle, in milliseconds; 0 for ever. Default 60 000. */
  readonly sessionTimeoutMs: number;
  /** How long a session whose client is gone may still be claimed, in milliseconds. Default 0. */
  readonly reclaimTimeoutMs: number;
  /** How long candidates wait for their description, in milliseconds. Default 45 000. */
  readonly candidatesTimeoutMs: number;
  /** How long ICE and DTLS may take once both descriptions are known, in milliseconds. Default 19 500, so that 20 s are not over when it is known. */
  readonly connectTimeoutMs: number;
  /** How long a connected peer may be silent before `ice-failed` is told, in milliseconds; a second later at most. Default 8 500, to be told within 10 s. */
  readonly silenceWarningMs: number;
  /** How long a connected peer may do without ICE checks before it is hung up, in milliseconds. Default 30 000. */
  readonly silenceTimeoutMs: number;
  /** Packets of an m-line lost within a second that are told as `slowlink`; 0 tells none. Default 4. */
  readonly slowLinkThreshold: number;
  /** Sessions at most. Default 10 000. */
  readonly mostSessions: number;
  /** Handles of one session at most. Default 64. */
  readonly mostHandles: number;
  /** What requests must carry as `apisecret`; none if absent. */
  readonly apiSecret?: string;
}

/** What holds where nothing else is said. */
export const gatewayDefaults: GatewaySettings = {
  name: 'Bifrons',
  version: '0.1.0',
  serverName: 'Bifrons',
  localAddress: '127.0.0.1',
  isIceLite: true,
  sessionTimeoutMs: 60_000,
  reclaimTimeoutMs: 0,
  candidatesTimeoutMs: 45_000,
  connectTimeoutMs: 19_500,
  silenceWarningMs: 8_500,
  silenceTimeoutMs: 30_000,
  slowLinkThreshold: 4,
  mostSessions: 10_000,
  mostHandles: 64,
};
