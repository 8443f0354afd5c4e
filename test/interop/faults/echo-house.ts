import { readFile } from 'node:fs/promises';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Heard } from '../support/nats-caller.ts';

/** Linux counts the CPU time of a process in hundredths of a second. */
const msPerTick = 10;

/** A broker in a process of its own, and an application server that hears its events. */
export class EchoHouse implements AsyncDisposable {
  readonly broker: BrokerProcess;
  readonly server: NatsCaller;

  private constructor(broker: BrokerProcess, server: NatsCaller) {
    this.broker = broker;
    this.server = server;
  }

  static async open(): Promise<EchoHouse> {
    const broker = await BrokerProcess.start({ BIFRONS_LOG_LEVEL: 'warn' });
    return new EchoHouse(broker, await NatsCaller.connect(broker.ports['nats'] ?? 0));
  }

  /** Has an echo answer the offer. */
  async echo(offer: string): Promise<{ readonly id: string; readonly answer: string }> {
    const data = { type: 'echo', wait_reply: true, offer: { sdp: offer } };
    const reply = await this.server.command('session.create', data);
    const answer = textOf(fieldsOf(reply['answer']), 'sdp');
    return { id: textOf(reply, 'session_id'), answer };
  }

  /** The next event of a type, or the one that came already; rejects if it takes longer than `ms`. */
  event(id: string, type: string, ms: number): Promise<Heard> {
    return eventually(`${type} is told`, ms, () =>
      this.server.eventsOf(id).find((event) => event.type === type),
    );
  }

  /** True if media of both kinds arrives. */
  hasMedia(id: string): boolean {
    const flowing = this.server.eventsOf(id).filter(({ body }) => body['class'] === 'media');
    return new Set(flowing.map(({ body }) => body['media'])).size === 2;
  }

  /** Sessions that live, as the console shows them. */
  async sessions(): Promise<unknown> {
    const state = await fetch(`http://127.0.0.1:${this.broker.ports['http'] ?? 0}/console/state.json`);
    return fieldsOf(await state.json())['sessions'];
  }

  /** CPU time that the broker has used so far, its threads' included (`proc(5)`: fields 14 and 15 of stat). */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.broker.pid ?? 0}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * msPerTick;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
  }
}
