import type { TransportAddress } from '#services/kernel';

/** Listens for connections: node:net, or a virtual network in tests. */
export interface StreamServerFactory {
  /**
   * Port 0 picks a free one. `accept` is given each connection, and gives who hears it; undefined refuses it.
   * Rejects with the system's error, for example EADDRINUSE.
   */
  listen(
    local: TransportAddress,
    accept: (stream: ByteStream, now: number) => StreamReceiver | undefined,
  ): Promise<StreamServer>;
}

/** One listening address. Disposing closes its connections too. */
export interface StreamServer extends AsyncDisposable {
  readonly local: TransportAddress;
}

/** One connection. */
export interface ByteStream {
  readonly remote: TransportAddress;
  /** Bytes written that the other side has not taken yet. */
  readonly backlog: number;
  /** `bytes` belong to the stream from now on. Without effect once it is closed. */
  write(bytes: Buffer): void;
  /** At once; what is not sent yet is lost. `closed` is still told. */
  close(): void;
}

/** Hears one connection. Does not throw. */
export interface StreamReceiver {
  /** `bytes` belong to the receiver, and may be changed. */
  receive(bytes: Buffer, now: number): void;
  /** Once, whoever closed it. */
  closed(now: number): void;
}
