import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tileOrigin } from '../settings.ts';

/** What a page elsewhere may read of an answer, beside what it always may. */
const EXPOSED = 'etag, retry-after, content-disposition';

/**
 * Says with every answer what browsers may do with it: read it from any page, since no answer depends on who asks, and
 * nothing else. Answers questions of browsers whether they may ask (preflights).
 * @param tiles the address of online tiles
 */
export function guardBrowsers(app: FastifyInstance, tiles: string | undefined): void {
  app.addHook('onRequest', (request, reply, done) => {
    const asksWhether = request.headers['access-control-request-method'] !== undefined;
    if (request.method === 'OPTIONS' && asksWhether) void answerPreflight(reply);
    else done();
  });
  app.addHook('onSend', (request, reply, _, done) => {
    guardAnswer(request, reply, tiles);
    done();
  });
}

/** Sets the headers of an answer; for those that are sent past the hooks of an app. */
export function guardAnswer(request: FastifyRequest, reply: FastifyReply, tiles: string | undefined): void {
  const path = request.url.replace(/\/?(\?.*)?$/, '');
  reply
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'strict-origin-when-cross-origin')
    .header('access-control-allow-origin', '*')
    .header('access-control-expose-headers', EXPOSED)
    .header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()')
    .header('content-security-policy', policyOf(path, String(reply.getHeader('content-type')), tiles));
  if (path !== '/embed') reply.header('x-frame-options', 'DENY');
  // Of the proxy that takes HTTPS off, if it is one that is trusted.
  if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
}

const answerPreflight = (reply: FastifyReply): FastifyReply =>
  reply
    .code(204)
    .header('access-control-allow-methods', 'GET, HEAD, POST')
    .header(
      'access-control-allow-headers',
      'content-type, apollo-require-preflight, x-apollo-operation-name, if-none-match',
    )
    .header('access-control-max-age', '7200')
    .send();

/** Data is shown by no page of ours by itself; pages and their scripts have what they need. */
function policyOf(path: string, type: string, tiles: string | undefined): string {
  const isOfPage = /^(text\/html|(text|application)\/javascript)/.test(type);
  return isOfPage ? pagePolicy(path, tiles) : "default-src 'none'; frame-ancestors 'none'";
}

/** No script but ours and nothing from elsewhere, except the map tiles that the settings name. */
function pagePolicy(path: string, tiles: string | undefined): string {
  const isGraphiql = path === '/graphiql' || path === '/graphiql.html';
  const tileHost = tiles === undefined ? '' : ` ${tileOrigin(tiles)}`;
  return [
    "default-src 'self'",
    `img-src 'self' data: blob:${isGraphiql ? '' : tileHost}`,
    // GraphiQL's editor writes its own style elements.
    `style-src 'self'${isGraphiql ? " 'unsafe-inline'" : ''}`,
    `font-src 'self' data:`,
    `worker-src 'self' blob:`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    // Other sites may show the map in a frame, where it is made for one.
    `frame-ancestors ${path === '/embed' ? '*' : "'none'"}`,
  ].join('; ');
}
