import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DeskRefusal } from '../desk/desk-refusal.ts';
import { InputError } from '../input-error.ts';
import { StoreUnavailable } from '../store/unavailable.ts';
import { Unwanted } from '../wanted.ts';

/** Where a fault is logged, and under which id. */
type Asking = Pick<FastifyRequest, 'id' | 'log'>;

/** The one place where the caller's faults and ours part: theirs are told, ours logged under the request's id and masked. */
export function publicError(
  formatted: GraphQLFormattedError,
  error: unknown,
  asking: Asking,
): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  const { message, locations, path } = formatted;
  const at = { ...(locations && { locations }), ...(path && { path }) };
  // In the midst of a query graphql itself only finds fault with arguments, such as a variable that is missing in one, and
  // shows where; what it cannot make of our own values has no place in the query.
  const isArgument = original instanceof GraphQLError && original.nodes !== undefined;
  if (
    original instanceof InputError ||
    (isArgument && formatted.extensions?.['code'] === 'INTERNAL_SERVER_ERROR')
  )
    return { message, ...at, extensions: { code: 'BAD_USER_INPUT' } };
  if (original instanceof StoreUnavailable) return { ...at, ...unavailable(original, asking.log) };
  if (original instanceof Unwanted) return { message: original.message, extensions: { code: original.code } };
  if (original instanceof DeskRefusal)
    return { message, ...at, extensions: { code: original.code, ...original.details } };
  if (formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') return formatted;
  if (isCallersByStatus(error)) return { message, ...at, extensions: { code: 'BAD_REQUEST' } };
  const told = masked(original, asking);
  return { message: told.message, ...at, extensions: told.extensions };
}

/** A fault of ours as the caller is told of it. */
function masked(
  error: unknown,
  { id, log }: Asking,
): { message: string; extensions: { code: string; id: string } } {
  log.error({ err: error }, 'a request failed by a fault of ours');
  return {
    message: `Something went wrong on our side. It is logged as ${id}.`,
    extensions: { code: 'INTERNAL_SERVER_ERROR', id },
  };
}

/** A store that may be there again soon, as the caller is told of it: where it is and what it said is logged alone. */
function unavailable(error: StoreUnavailable, log: FastifyBaseLogger): GraphQLFormattedError {
  log.warn({ err: error }, 'the store did not answer');
  const message = 'The atlas cannot be read just now. Ask again in a few seconds.';
  return { message, extensions: { code: 'STORE_UNAVAILABLE' } };
}

/** Apollo gives some faults of the caller's a status and no code: a hash that is not that of the query. */
function isCallersByStatus(error: unknown): boolean {
  const http = error instanceof GraphQLError ? error.extensions['http'] : undefined;
  return (http as { status?: number } | undefined)?.status === 400;
}

/** The statuses of codes that have one of their own. */
const STATUSES: Record<string, number> = {
  ...{ INTERNAL_SERVER_ERROR: 500, STORE_UNAVAILABLE: 503, UNAUTHENTICATED: 401, FORBIDDEN: 403 },
  ...{ NOT_FOUND: 404, CONFLICT: 409, KEY_TAKEN: 409 },
};

/** When to ask again what could not be answered just now. */
const RETRY_SECONDS = '5';

/** An answer that is nothing but errors has the status that they deserve. */
export const faultStatus: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      if (response.body.kind !== 'single' || response.http.status !== undefined) return;
      const { data, errors } = response.body.singleResult;
      if (!errors || (data !== null && data !== undefined)) return;
      const statuses = errors.map(({ extensions }) => STATUSES[String(extensions?.['code'])] ?? 400);
      response.http.status = statuses.find((status) => status >= 500) ?? statuses[0] ?? 400;
      if (response.http.status === 503) response.http.headers.set('retry-after', RETRY_SECONDS);
    },
  }),
};

/** What Fastify refuses by itself: the code that we give it, and what was wrong and what to do instead. */
const REFUSALS: Record<string, [code: string, message: (request: Asked) => string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'BAD_REQUEST',
    () => 'the body is not JSON. Send {"query": "…", "variables": {…}}.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [
    'BAD_REQUEST',
    () => 'the body is empty. Send {"query": "…", "variables": {…}}.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'BAD_REQUEST',
    () => 'the body is not as long as its content-length says. Send it whole.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'BODY_TOO_LARGE',
    ({ bodyLimit }) => `the body is too long; at most ${bodyLimit} bytes are read. Ask in several queries.`,
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA_TYPE',
    ({ type }) => `a body of type "${type.slice(0, 100)}" is not read. Send it as application/json.`,
  ],
  FST_ERR_BAD_URL: [
    'BAD_REQUEST',
    ({ url }) => `not an address: "${url.slice(0, 200)}". Write bytes that are no letters as %XX.`,
  ],
  FST_ERR_MAX_PARAM_LENGTH: [
    'BAD_REQUEST',
    () => 'a part of the address is too long. The map is at /, queries go to /graphql.',
  ],
};

interface Asked {
  url: string;
  type: string;
  bodyLimit: number;
}

/** An answer that is nothing but one error, in GraphQL's shape. */
const bodyOf = (error: GraphQLFormattedError): { errors: GraphQLFormattedError[] } => ({ errors: [error] });

/** What never reaches GraphQL is answered in its shape all the same: one dialect of errors. */
export function refuseInGraphQLShape(app: FastifyInstance): void {
  app.setNotFoundHandler(({ url }) => {
    const message = `nothing at ${url.slice(0, 200)}. The map is at /, queries go to /graphql.`;
    throw Object.assign(new Error(message), { statusCode: 404, code: 'NOT_FOUND' });
  });
  app.setErrorHandler(tellRefusal);
}

/** So many bytes of a body that is too long are received and thrown away. */
const MOST_DISCARDED = 16 * 2 ** 20;

/** Answers what a route or Fastify itself refuses, or a fault of ours. */
export function tellRefusal(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof StoreUnavailable)
    return reply
      .code(503)
      .headers({ 'cache-control': 'no-store', 'retry-after': RETRY_SECONDS })
      .send(bodyOf(unavailable(error, request.log)));
  const status = statusOf(error);
  const told = isOurs(status) ? masked(error, request) : refusalOf(error, request);
  // Most callers send all of a body before they look at an answer: closing the connection meanwhile would lose it.
  if (status === 413 && Number(request.headers['content-length']) <= MOST_DISCARDED)
    reply.removeHeader('connection');
  return reply.code(status).header('cache-control', 'no-store').send(bodyOf(told));
}

const statusOf = (error: FastifyError): number =>
  error instanceof InputError ? 400 : (error.statusCode ?? 500);

/** That we cannot answer for now is told as it is. */
const isOurs = (status: number): boolean => status >= 500 && ![501, 503, 507].includes(status);

/** The code under which an error is told. */
export function codeOf(error: FastifyError): string {
  if (isOurs(statusOf(error))) return 'INTERNAL_SERVER_ERROR';
  if (error instanceof InputError) return 'BAD_USER_INPUT';
  const isFastifys = error.code === undefined || error.code.startsWith('FST_');
  return REFUSALS[error.code]?.[0] ?? (isFastifys ? 'BAD_REQUEST' : error.code);
}

function refusalOf(
  error: FastifyError,
  { url, headers, routeOptions }: FastifyRequest,
): GraphQLFormattedError {
  const message = REFUSALS[error.code]?.[1];
  const asked = { url, type: headers['content-type'] ?? '', bodyLimit: routeOptions.bodyLimit ?? 0 };
  return { message: message ? message(asked) : error.message, extensions: { code: codeOf(error) } };
}

/** What Node refuses before there is a request, by its code. */
const SOCKET_REFUSALS: Record<string, [status: number, code: string, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'REQUEST_TIMEOUT',
    'the request did not come whole in time. Send it again at once.',
  ],
  HPE_HEADER_OVERFLOW: [
    431,
    'HEADERS_TOO_LARGE',
    'the headers are too long; at most 16 kB are read. Send a long query by POST.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    413,
    'BODY_TOO_LARGE',
    'the chunks of the body say too much. Send it with its content-length.',
  ],
};

/** Refuses what is no request of HTTP, or none that came whole, in GraphQL's shape too, and closes the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, message] = SOCKET_REFUSALS[error.code ?? ''] ?? [
    400,
    'BAD_REQUEST',
    'not a request of HTTP. Send one.',
  ];
  const body = JSON.stringify(bodyOf({ message, extensions: { code } }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
