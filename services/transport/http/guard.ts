import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '#services/kernel';
import type { Admission } from '../admission.ts';

/** How long a browser may remember what it may send, in seconds. */
const preflightAgeSeconds = 600;

/**
 * What holds for every route: only admitted hosts and origins, cross-origin replies for the listed ones, a small
 * JSON 404, and failures that tell nothing of our inside.
 */
export function guard(app: FastifyInstance, admission: Admission, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    const refusal = admission.refusal({ host: hostToJudge(request), origin });
    if (refusal !== undefined) return await reply.code(403).send({ error: refusal });
    if (origin !== undefined && admission.isListed(origin)) return await crossOrigin(request, reply, origin);
    return undefined;
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  app.setErrorHandler((cause, _request, reply) => {
    const status = statusOf(cause);
    if (status >= 500) log.error({ err: cause }, 'an HTTP route failed');
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : 'bad request' });
  });
}

/**
 * The Host by which a request may be refused. A browser's POST always names its Origin (Fetch standard, section 3.2),
 * so a command without one comes from a server, which may call us by any name, as in a container network; a GET may
 * come from a page whose name somebody points at us.
 */
function hostToJudge({ method, headers, routeOptions }: FastifyRequest): string | undefined {
  const isCommand = method === 'POST' && routeOptions.url === '/rpc';
  return isCommand && headers.origin === undefined ? undefined : headers.host;
}

/** Fetch standard, section 3.3 (CORS protocol). */
async function crossOrigin(request: FastifyRequest, reply: FastifyReply, origin: string): Promise<unknown> {
  reply.header('access-control-allow-origin', origin).header('vary', 'Origin');
  if (request.method !== 'OPTIONS') return undefined;
  return await reply
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', 'authorization, bifrons-request-id, content-type, traceparent')
    .header('access-control-max-age', preflightAgeSeconds)
    .code(204)
    .send();
}

/** The status that a failure carries, if it is one for the client; else 500. */
function statusOf(cause: unknown): number {
  if (!(cause instanceof Error) || !('statusCode' in cause)) return 500;
  const { statusCode } = cause;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}
