import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chunkType,
  PacketWriter,
  writeChunk,
} from '../../../../backend-janus/webrtc/sctp/association/wire/packet-format.ts';
import { DataChannels } from '../../../../backend-janus/webrtc/sctp/data-channels.ts';
import { payloadProtocol } from '../../../../backend-janus/webrtc/sctp/dcep.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

/** A DATA_CHANNEL_OPEN without a label (RFC 8832 section 5.1). */
const open = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** An INIT with 1,024 streams either way, a large window and 1 as the first number (RFC 9260 section 3.3.2). */
const init = Buffer.from('00000007' + '00100000' + '04000400' + '00000001', 'hex');

/** Where INIT ACK has the tag that it asks for, and the value of its cookie, which we send first. */
const tagAt = 16;
const cookieAt = 36;

/** Data channels, and a peer that begins and then acknowledges nothing. */
function deafPeer() {
  const sent: Buffer[] = [];
  const channels = new DataChannels(
    { clock: new FakeClock(), random: new SeededRandom(), isDtlsClient: false },
    { port: 5000, maxMessageBytes: 0 },
    (packet) => sent.push(packet),
    { opened: () => undefined, shut: () => undefined, message: () => undefined },
  );
  channels.start();
  const writer = new PacketWriter({ local: 5000, remote: 5000 });
  const tell = (tag: number): void => channels.receive(writer.finish(tag));
  writer.add(writeChunk(chunkType.init, init));
  tell(0);
  const initAck = sent[0] ?? Buffer.alloc(60);
  const tag = initAck.readUInt32BE(tagAt);
  writer.add(writeChunk(chunkType.cookieEcho, initAck.subarray(cookieAt, cookieAt + 16)));
  tell(tag);
  let tsn = 1;
  const openAgain = (): void => {
    const whole = { isFirst: true, isLast: true, isUnordered: true, streamSequence: 0 };
    writer.addData({ ...whole, tsn, stream: 1, protocol: payloadProtocol.dcep, bytes: open });
    tsn += 1;
    tell(tag);
  };
  return { channels, openAgain };
}

test('a peer that opens a channel without end, and hears nothing of it, is refused before it costs much', () => {
  const { channels, openAgain } = deafPeer();

  for (let count = 0; count < 30_000; count += 1) openAgain();

  assert.equal(channels.size, 1);
  assert.ok(channels.dropped > 15_000, `${channels.dropped} were refused`);
});
