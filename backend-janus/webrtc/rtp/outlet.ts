import type { TransportNumbers } from '#janus/media';

/** The way out that all streams of a connection share. */
export interface Outlet {
  /** Numbers all packets of the connection. */
  readonly numbers: TransportNumbers;
  /** Protects one packet and queues it, given in two parts as in `RtpSender.send`; false if it could not be sent. */
  send(head: Buffer, headBytes: number, packet: Buffer, skip: number): boolean;
  /** Only protects it into `out`; returns the bytes written, 0 or less if it could not. */
  protect(head: Buffer, headBytes: number, packet: Buffer, skip: number, out: Buffer): number;
  /** Queues a protected packet, which is copied; false if it could not be sent. */
  repeat(bytes: Buffer): boolean;
}
