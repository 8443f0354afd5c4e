import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  lentBytes,
  type DatagramReceiver,
  type DatagramSocketFactory,
  type TransportAddress,
} from '#services/kernel';

/** What the suite needs of one run. */
export interface DatagramWorld {
  readonly sockets: DatagramSocketFactory;
  /** Lets datagrams travel until `isDone`; fails if it takes too long. */
  readonly until: (isDone: () => boolean) => Promise<void>;
}

/** The rules of the DatagramSocket port, for every implementation, over one family of addresses. */
export function datagramSocketContract(name: string, loopback: string, open: () => DatagramWorld): void {
  describe(name, () => {
    for (const rules of [travel, memory, receivedMemory, binding])
      rules(open, { address: loopback, port: 0 });
  });
}

function travel(open: () => DatagramWorld, local: TransportAddress): void {
  test('datagrams arrive in order, with the address of their sender', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using receiver = await sockets.bind(local, heard);
    await using sender = await sockets.bind(local, new Heard());

    sender.send(Buffer.from('one'), receiver.local);
    sender.send(Buffer.from('two'), receiver.local);
    sender.flush();
    await until(() => heard.texts.length === 2);

    assert.deepEqual(heard.texts, ['one', 'two']);
    assert.deepEqual(heard.from, [sender.local, sender.local]);
    assert.ok(heard.times.every((time, at) => time >= (heard.times[at - 1] ?? 0)));
  });

  test('an answer given while a datagram is received needs no flush', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using echo = await sockets.bind(local, {
      receive: (datagram, from) => echo.send(Buffer.from(`${datagram.toString()}!`), from),
    });
    await using asker = await sockets.bind(local, heard);

    asker.send(Buffer.from('anyone'), echo.local);
    asker.flush();
    await until(() => heard.texts.length === 1);

    assert.deepEqual(heard.texts, ['anyone!']);
  });

  test('what cannot be sent is lost without a word, and the next arrives', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using receiver = await sockets.bind(local, heard);
    await using sender = await sockets.bind(local, new Heard());

    sender.send(Buffer.from('nowhere'), { ...local, port: 0 });
    sender.send(Buffer.from('too far'), { ...local, port: 70_000 });
    sender.send(Buffer.from('a name'), { address: 'host.invalid', port: 9 });
    sender.send(Buffer.from('next'), receiver.local);
    sender.flush();
    await until(() => heard.texts.length === 1);

    assert.deepEqual(heard.texts, ['next']);
  });
}

function memory(open: () => DatagramWorld, local: TransportAddress): void {
  test('memory may be used again after a flush', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using receiver = await sockets.bind(local, heard);
    await using sender = await sockets.bind(local, new Heard());
    const shared = Buffer.alloc(1200);

    for (let count = 0; count < 50; count += 1) {
      sender.send(shared.fill(count), receiver.local);
      sender.flush();
    }
    shared.fill(0xff);
    await until(() => heard.texts.length === 50);

    assert.deepEqual(
      heard.texts.map((text) => new Set(Buffer.from(text, 'latin1'))),
      Array.from({ length: 50 }, (_, count) => new Set([count])),
    );
  });

  test('what is written into lent memory is sent, and memory that was not used is lent again', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using receiver = await sockets.bind(local, heard);
    await using sender = await sockets.bind(local, new Heard());

    for (let count = 0; count < 50; count += 1) {
      sender.lend();
      const memory = sender.lend();
      assert.ok(memory !== undefined && memory.length === lentBytes);
      sender.send(memory.fill(count).subarray(0, 1200), receiver.local);
    }
    sender.flush();
    await until(() => heard.texts.length === 50);

    assert.deepEqual(
      heard.texts.map((text) => [text.length, ...new Set(Buffer.from(text, 'latin1'))]),
      Array.from({ length: 50 }, (_, count) => [1200, count]),
    );
  });
}

function receivedMemory(open: () => DatagramWorld, local: TransportAddress): void {
  test('a received datagram may be changed in place', async () => {
    const { sockets, until } = open();
    const heard = new Heard();
    await using receiver = await sockets.bind(local, {
      receive(datagram, from, now) {
        heard.receive(datagram, from, now);
        datagram.fill(0);
      },
    });
    await using sender = await sockets.bind(local, new Heard());

    sender.send(Buffer.from('first'), receiver.local);
    sender.send(Buffer.from('other'), receiver.local);
    sender.flush();
    await until(() => heard.texts.length === 2);

    assert.deepEqual(heard.texts, ['first', 'other']);
  });
}

function binding(open: () => DatagramWorld, local: TransportAddress): void {
  test('a taken port is refused with the code of the system, and free again after dispose', async () => {
    const { sockets } = open();
    const first = await sockets.bind(local, new Heard());

    await assert.rejects(sockets.bind(first.local, new Heard()), { code: 'EADDRINUSE' });
    await first[Symbol.asyncDispose]();
    const again = await sockets.bind(first.local, new Heard());

    assert.deepEqual(again.local, first.local);
    await again[Symbol.asyncDispose]();
  });

  test('after dispose nothing is received and nothing sent', async () => {
    const { sockets, until } = open();
    const [gone, there] = [new Heard(), new Heard()];
    const closed = await sockets.bind(local, gone);
    await using other = await sockets.bind(local, there);
    await using witness = await sockets.bind(local, new Heard());
    await Promise.all([closed[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);

    closed.send(Buffer.from('late'), other.local);
    closed.flush();
    witness.send(Buffer.from('to nobody'), closed.local);
    witness.send(Buffer.from('to somebody'), other.local);
    witness.flush();
    await until(() => there.texts.length === 1);

    assert.deepEqual(there.texts, ['to somebody']);
    assert.deepEqual(gone.texts, []);
  });
}

/** Keeps what it receives. */
class Heard implements DatagramReceiver {
  readonly texts: string[] = [];
  readonly from: TransportAddress[] = [];
  readonly times: number[] = [];

  receive(datagram: Buffer, { address, port }: TransportAddress, now: number): void {
    this.texts.push(datagram.toString('latin1'));
    this.from.push({ address, port });
    this.times.push(now);
  }
}
