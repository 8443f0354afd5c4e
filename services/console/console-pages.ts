import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#services/kernel';
import { assetOf, loadAssets, type Asset } from './assets.ts';
import { commandFacts } from './command-facts.ts';
import { stateReader, type ConsoleSources } from './state.ts';

/** Nothing from elsewhere, nothing inline; the WebSocket of the same host counts as `'self'` (CSP 3, section 6.7.2.8). */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(self), geolocation=(), display-capture=()',
};

/**
 * The console's pages as a fastify plugin: `/`, `/demo/…`, their files below `/console/`, and
 * `GET /console/state.json` and `GET /demo/api/commands.json`. Throws if the build left a file out.
 */
export function consolePages(clock: Clock, sources: ConsoleSources): FastifyPluginCallback {
  const assets = loadAssets();
  const commands = assetOf('json', JSON.stringify(commandFacts()));
  const readState = stateReader(clock, sources);
  return (app: FastifyInstance, _options, done) => {
    app.addHook('onSend', (_request, reply, _payload, next) => {
      void reply.headers(headers);
      next();
    });
    for (const [path, asset] of assets) app.get(path, (request, reply) => send(asset, request, reply));
    app.get('/demo', (_request, reply) => reply.redirect('/#demos'));
    app.get('/demo/', (_request, reply) => reply.redirect('/#demos'));
    app.get('/demo/api/commands.json', (request, reply) => send(commands, request, reply));
    app.get('/console/state.json', (_request, reply) =>
      reply.header('cache-control', 'no-store').send(readState()),
    );
    done();
  };
}

/** Browsers keep a copy and ask every time whether it is current, so that an upgrade shows at once. */
function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({ 'cache-control': 'no-cache', etag: asset.etag });
  if (isCurrent(request.headers['if-none-match'], asset.etag)) return reply.code(304).send();
  return reply.type(asset.type).send(asset.body);
}

/** Compared weakly, as If-None-Match asks (RFC 9110 section 13.1.2). */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag) || known.includes('*');
}
