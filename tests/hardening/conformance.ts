import { auditServer } from 'graphql-http';
import assert from 'node:assert/strict';
import type { Check } from './check.ts';
import { POST } from './target.ts';

/** Optional parts of the specification that we leave out: a wrong Accept is told as such, and GET needs a header of its own. */
const KNOWN_WARNINGS = ['572B', 'FDE2', '7B9B'];

/** A: what the specifications of GraphQL over HTTP and of our file formats ask. */
export const CONFORMANCE: Check[] = [
  {
    id: 'A1',
    threat: 'an API that is not GraphQL over HTTP',
    run: async ({ url }) => {
      const fetchFn = (address: string, options: RequestInit = {}): Promise<Response> => {
        const headers = { 'apollo-require-preflight': 'true', ...options.headers };
        return fetch(address, { ...options, headers });
      };
      const results = await auditServer({ url: `${url}/graphql`, fetchFn });
      const bad = results.filter(({ id, status }) => status !== 'ok' && !KNOWN_WARNINGS.includes(id));
      assert.deepEqual(
        bad.map(({ id, name, status }) => `${status} ${id} ${name}`),
        [],
      );
      assert.deepEqual(
        results.filter(({ status }) => status === 'error'),
        [],
      );
      return { seen: `${results.length} audits without an error`, inputs: results.length };
    },
  },
  {
    id: 'A2',
    threat: 'faults told in two ways',
    run: async (server) => {
      const long = JSON.stringify({ query: `# ${'a'.repeat(2 ** 21)}` });
      const xml = { 'content-type': 'application/xml' };
      for (const [path, options, status] of [
        ['/graphql', { method: 'POST', headers: POST, body: '{"query": ' }, 400],
        ['/graphql', { method: 'POST', headers: POST, body: long }, 413],
        ['/graphql', { method: 'POST', headers: xml, body: '<query/>' }, 415],
        ['/nowhere', {}, 404],
        ['/graphql', { method: 'PUT' }, 405],
      ] as const) {
        const got = await server.get(path, options);
        assert.equal(got.status, status, `${path} is ${got.status} and not ${status}`);
        assert.match(got.codes[0] ?? '', /^[A-Z_]+$/);
        assert.doesNotMatch(got.codes[0] ?? '', /^FST_/, `a code of Fastify's own: ${got.codes[0]}`);
        assert.ok(got.json.errors[0].message.length > 20, `no remedy: ${got.json.errors[0].message}`);
      }
      return { seen: '400, 404, 405, 413 and 415 in the shape of GraphQL', inputs: 5 };
    },
  },
];
