import { Scope } from '#services/kernel';
import { fieldsOf } from '../../support/fields.ts';
import { MediaServer } from './media-server.ts';

/**
 * The program of the Bifrons under test: the product's own media path with one publisher and its subscribers,
 * commanded by the process that started it. Run with the address to listen on; ends when it is disconnected.
 */
const [address = '127.0.0.1'] = process.argv.slice(2);

await using scope = new Scope();
const server = scope.own(await MediaServer.open(address));
const ended = new Promise((resolve) => process.once('disconnect', resolve));
process.on('message', (message) => void answer(message));
process.send?.({ id: 0, result: 'ready' });
await ended;

async function answer(message: unknown): Promise<void> {
  const fields = fieldsOf(message);
  const id = fields.get('id');
  try {
    const command = String(fields.get('command'));
    const result = await server.command(command, String(fields.get('subject')), String(fields.get('sdp')));
    process.send?.({ id, result });
  } catch (cause) {
    process.send?.({ id, error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
  }
}
