import type { TypedDocumentString } from './queries.generated.ts';

/** The server answered that the question was wrong, or did not answer; the message can be shown. */
export class AskError extends Error {
  override name = 'AskError';
}

/**
 * Asks the server. An answer that is no longer wanted is dropped by aborting the signal.
 * @throws AskError with a message for the reader; DOMException AbortError when aborted
 */
export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({ query: document.toString(), variables }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new AskError('The server cannot be reached.');
  });
  const answer = (await response.json().catch(() => ({}))) as {
    data?: Result | null;
    errors?: { message: string }[];
  };
  if (answer.errors?.[0]) throw new AskError(answer.errors[0].message);
  if (!answer.data) throw new AskError(`The server answered ${response.status} and no data.`);
  return answer.data;
}
