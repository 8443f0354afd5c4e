import { NatsContainer } from '@testcontainers/nats';
import { connect } from 'nats';
import type { EventEnvelope } from '#services/broker';
import { createLog, systemClock, systemRandom } from '#services/kernel';
import { NatsTransport, Turns } from '#services/transport';
import { RecordingServe } from '../../support/recording-serve.ts';
import { until } from '../transport/surroundings.ts';

const event: EventEnvelope = {
  class: 'media',
  subclass: 'session',
  type: 'status',
  obj_id: 'abcd1234-0',
  seq: 1,
  time: 0,
  node: 'abcd1234',
  body: {},
};

/** Runs in the engine's network: starts the image named on the command line and talks through it. */
async function main(image: string): Promise<void> {
  const container = await new NatsContainer(image).withJetStream().start();
  try {
    const { servers, user = '', pass = '' } = container.getConnectionOptions();
    const url = `nats://${user}:${pass}@${String(servers).replace(/^nats:\/\//, '')}`;
    const broker = new RecordingServe();
    await using transport = transportTo(url);
    await transport.listen(broker.serve);
    const client = await connect(container.getConnectionOptions());
    let heard = 0;
    client.subscribe('media.event.>', { callback: () => (heard += 1) });
    await client.flush();

    const request = { class: 'media', cmd: 'echo', tid: 1, data: 'from a container' };
    const reply = await client.request('media.cmd', JSON.stringify(request), { timeout: 5000 });
    transport.publishEvent(event);
    await until(() => heard === 1);
    process.stdout.write(`answered ${reply.string()}\nheard ${heard} event\n`);
    await client.close();
  } finally {
    await container.stop();
  }
}

function transportTo(url: string): NatsTransport {
  return new NatsTransport(
    {
      clock: systemClock,
      random: systemRandom,
      log: createLog('silent', {}),
      turns: new Turns(systemClock),
      readNode: () => ({ sessions: 0, load: 0, draining: false }),
      onClosed: () => undefined,
    },
    { url, node: 'abcd1234', version: '0.1.0' },
  );
}

await main(process.argv[2] ?? '');
