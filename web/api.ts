import type { TypedDocumentString } from './queries.generated.ts';

/** The server answered that the question was wrong, or did not answer; the message can be shown. */
export class AskError extends Error {
  override name = 'AskError';
  readonly #reason: 'unreachable' | 'empty' | 'changed' | undefined;

  constructor(message: string, reason?: AskError['reason']) {
    super(message);
    this.#reason = reason;
  }

  /** What went wrong, where the message is not the server's own. */
  get reason(): 'unreachable' | 'empty' | 'changed' | undefined {
    return this.#reason;
  }
}

interface Reply<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Some proxies and servers refuse longer addresses. */
const LONGEST_ADDRESS = 4000;

/** Whether what the browser keeps of answers may be asked, or the server is to say whether it still holds. */
let caching: RequestCache = 'default';

/** From now on nothing is answered with what was true before. */
export function askAnew(): void {
  caching = 'no-cache';
}

const ACCEPT = 'application/graphql-response+json, application/json';

/**
 * Asks the server. An answer that is no longer wanted is dropped by aborting the signal.
 * @throws AskError with a message for the reader; DOMException AbortError when aborted
 */
export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const extensions = { persistedQuery: { version: 1, sha256Hash: document.__meta__?.['hash'] } };
  const address = addressOf(variables, extensions);
  const post = { query: document.toString(), variables, extensions };
  let [status, reply] =
    address.length > LONGEST_ADDRESS
      ? await send<Result>('/graphql', posted(post), signal)
      : // The header makes a browser ask before it lets another site's page send this.
        await send<Result>(address, { headers: { 'apollo-require-preflight': 'true' } }, signal);
  // The server is of another version than this page and knows the query by its text alone. From now on it knows it.
  if (reply.errors?.[0]?.extensions?.code === 'PERSISTED_QUERY_NOT_FOUND')
    [status, reply] = await send<Result>('/graphql', posted(post), signal);
  if (reply.errors?.[0]) throw new AskError(reply.errors[0].message);
  if (!reply.data) throw new AskError(`The server answered ${status} and no data.`, 'empty');
  return reply.data;
}

/**
 * Where a question is asked by GET: the same for everybody who asks it, so that browsers and proxies can answer it from
 * what they keep.
 */
export function addressOf(variables: unknown, extensions: unknown): string {
  const parameters = new URLSearchParams({
    variables: inOneOrder(variables),
    extensions: inOneOrder(extensions),
  });
  return `/graphql?${parameters.toString()}`;
}

/** JSON whose objects have their keys in alphabetical order. */
const inOneOrder = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function send<Result>(
  address: string,
  request: RequestInit,
  signal: AbortSignal | undefined,
): Promise<[status: number, reply: Reply<Result>]> {
  const response = await fetch(address, {
    ...request,
    cache: caching,
    headers: { ...request.headers, accept: ACCEPT },
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new AskError('The server cannot be reached.', 'unreachable');
  });
  return [response.status, (await response.json().catch(() => ({}))) as Reply<Result>];
}
