/** One end of a WebSocket, as far as a connection needs it. */
export interface Wire {
  /** Bytes sent and not yet taken by the system. */
  readonly queuedBytes: number;
  send(text: string): void;
  ping(): void;
  /** Begins the closing handshake (RFC 6455 section 7.1.2); the socket is cut if it takes too long. */
  close(code: number, reason: string): void;
  /** Cuts at once. */
  terminate(): void;
}

/** Why we close a connection (RFC 6455 section 7.4.1, and its registry at IANA). */
export const closeCodes = {
  goingAway: 1001,
  policy: 1008,
  tryAgainLater: 1013,
} as const;
