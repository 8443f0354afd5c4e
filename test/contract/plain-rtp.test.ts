import { FakeClock } from '../support/fake-clock.ts';
import { FakePlainRtpFactory } from '../support/fake-plain-rtp.ts';
import { PlainRtpWorld } from '../support/plain-world.ts';
import { plainRtpContract, type PlainFarEnd, type PlainWorld } from './plain-rtp.ts';

plainRtpContract('FakePlainRtp', fakeWorld);
plainRtpContract('PlainRtpLegs on a virtual network', () => new PlainRtpWorld());

function fakeWorld(): PlainWorld {
  const clock = new FakeClock();
  const factory = new FakePlainRtpFactory(clock);
  let peers = 0;
  return {
    factory,
    peer: (host) => {
      peers += 1;
      const address = { address: host === 'near' ? '192.0.2.1' : '198.51.100.1', port: 30_000 + 2 * peers };
      return Promise.resolve(fakePeer(factory, address));
    },
    run: (ms) => clock.run(ms),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function fakePeer(factory: FakePlainRtpFactory, address: PlainFarEnd['address']): PlainFarEnd {
  return {
    address,
    get received() {
      const mine = factory.made.flatMap(({ sent }) => sent);
      return mine.filter(({ to }) => to.port === address.port).map(({ bytes }) => bytes);
    },
    send: (leg, bytes) => factory.made.find((one) => one === leg)?.arrive(bytes, address),
  };
}
