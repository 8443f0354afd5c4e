import type { FastifyPluginCallback } from 'fastify';

/** What must hold for new sessions to go well here; read for every request. */
export interface Readiness {
  readonly isNatsConnected: boolean;
  /** Some media server can take sessions. */
  readonly hasMediaServer: boolean;
  readonly isDraining: boolean;
}

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: 200 if new sessions may come, else 503; the body says
 * what is missing.
 */
export function health(read: () => Readiness): FastifyPluginCallback {
  return (app, _options, done) => {
    app.get('/health/live', (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ live: true }),
    );
    app.get('/health/ready', (_request, reply) => {
      const { isNatsConnected: nats, hasMediaServer: media, isDraining: draining } = read();
      const ready = nats && media && !draining;
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ ready, nats, media, draining });
    });
    done();
  };
}
