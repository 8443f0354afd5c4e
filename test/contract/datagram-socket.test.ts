import assert from 'node:assert/strict';
import { FakeClock } from '../support/fake-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';
import { datagramSocketContract, type DatagramWorld } from './datagram-socket.ts';

function virtualWorld(): DatagramWorld {
  const clock = new FakeClock();
  return {
    sockets: new VirtualNetwork(clock, { delayMs: 5 }),
    async until(isDone) {
      await clock.run(100);
      assert.ok(isDone(), 'it takes too long');
    },
  };
}

datagramSocketContract('a virtual network', '192.0.2.1', virtualWorld);
datagramSocketContract('a virtual network of IPv6', '2001:db8::1', virtualWorld);
