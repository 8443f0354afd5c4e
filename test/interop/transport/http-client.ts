import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TransportClient } from '../../contract/transport.ts';

/** Posts to `/rpc`, a connection per request. */
export function httpClient(port: number): TransportClient {
  const open = new Set<ClientRequest>();
  return {
    events: [],
    request: async (content, headers = {}) => {
      const sent = request({ host: '127.0.0.1', port, path: '/rpc', method: 'POST', headers, agent: false });
      open.add(sent);
      const response = await answerTo(sent, content);
      open.delete(sent);
      if (response.statusCode !== 200) throw new Error(`status ${response.statusCode ?? 0}`);
      const reply: unknown = JSON.parse(await text(response));
      return reply;
    },
    vanish: () => {
      for (const sent of open) sent.destroy();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Sends the body and resolves with the head of what comes back. */
export function answerTo(sent: ClientRequest, content: string | Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject).end(content);
  });
}
