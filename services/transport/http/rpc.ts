import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Reply, Serve } from '#services/broker';
import type { LazyAbort, SignalSource } from '#services/kernel';
import { AskedRequest } from '../asked-request.ts';
import { decode, tooLarge } from '../decode.ts';
import type { InFlight } from '../in-flight.ts';
import { loneCaller } from '../lone-caller.ts';
import { answering, encodeReply, refusal } from '../replies.ts';
import { requestMarks } from '../request-marks.ts';
import type { Turns } from '../turns.ts';
import { readBody } from './read-body.ts';

/** What the route needs of its transport. */
export interface RpcParts {
  readonly serve: Serve;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly isDraining: () => boolean;
}

/** `POST /rpc` as a plugin, so that its way of reading bodies is its own. */
export function rpc(parts: RpcParts): FastifyPluginCallback {
  return (app, _options, done) => {
    readEveryBody(app);
    app.post('/rpc', async (request, reply) => {
      const work = async (asked: LazyAbort): Promise<void> => {
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) asked.abort();
        });
        await send(reply, await replyTo(parts, request, asked));
      };
      if (!parts.inFlight.start(work)) await send(reply, refusal('busy'));
      return reply;
    });
    done();
  };
}

/** The bytes decide whether a body is JSON, not its content type, which many clients leave out or get wrong. */
function readEveryBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, body: IncomingMessage) => readBody(body));
  app.addHook('onRequest', (request, _reply, done) => {
    delete request.raw.headers['content-type'];
    done();
  });
}

async function replyTo(
  { serve, turns, isDraining }: RpcParts,
  { body, headers, ip }: FastifyRequest,
  asked: SignalSource,
): Promise<Reply> {
  if (body === 'too_large') return tooLarge();
  if (turns.isFull) return refusal('busy');
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  await turns.take(bytes.length);
  const decoded = decode(bytes);
  if (!decoded.isJson) return decoded.reply;
  const marks = requestMarks((name) => headers[name.toLowerCase()]?.toString());
  if (isDraining()) return answering(decoded.body, refusal('draining'));
  return await serve(new AskedRequest(decoded.body, loneCaller(`http:${ip}`), asked, marks));
}

/** Resolves when the client has the reply or has hung up. */
async function send(reply: FastifyReply, content: Reply): Promise<void> {
  if (reply.raw.destroyed) return;
  reply.header('content-type', 'application/json; charset=utf-8').send(encodeReply(content));
  await finished(reply.raw).catch(() => {
    // The client hung up; nobody is left to tell.
  });
}
