import type { GatewayDoor } from '#janus/gateway';
import { CarriedConnection, type ConnectionParts } from './carried-connection.ts';
import type { JanusConnection } from './janus-connection.ts';

/**
 * Connects to a gateway in this process by its door, with the messages that a remote Janus would get; they go from
 * hand to hand, so neither side changes one it has sent or received. Disposing destroys the Janus sessions made by it.
 */
export function localConnection(door: GatewayDoor, parts: ConnectionParts): JanusConnection {
  return new CarriedConnection((receiver) => {
    const instance = door.connect((message) => receiver.received(message));
    return {
      send: (message) => instance.receive(message),
      [Symbol.dispose]: () => instance[Symbol.dispose](),
    };
  }, parts);
}
