/** The gateway, as whatever carries the Janus API sees it: local connections, WebSocket, HTTP, Unix socket. */
export interface GatewayDoor {
  /**
   * Admits one client. `deliver` gets its replies and the events of its sessions, one JSON value each and in order,
   * never before `connect` or `receive` has returned.
   */
  connect(deliver: (message: object) => void): TransportInstance;
}

/** One client of the Janus API, which Janus calls a transport instance. Disposing destroys its sessions. */
export interface TransportInstance extends Disposable {
  /** Takes one request, decoded and not yet trusted. Never throws: what is wrong with it is delivered as an error. */
  receive(message: unknown): void;
}
