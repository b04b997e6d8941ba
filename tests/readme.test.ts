import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exampleTabs } from '../web/graphiql/queries.ts';
import { TestServer } from './server.ts';

const server = new TestServer();
const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
const examples = [...readme.matchAll(/```graphql\n([^]*?)```\n\n```json\n([^]*?)```/g)];

test('the README has queries, each with its answer', () => {
  expect(examples.length).toBe(readme.split('```graphql').length - 1);
  expect(examples.length).toBeGreaterThan(2);
});

test.each(examples.map(([, query = '', answer = '']) => [query, answer]))(
  'a query copied from the README gives what is shown there: %s',
  async (query, answer) => {
    expect({ data: await server.data(query) }).toEqual(JSON.parse(answer));
  },
);

test('the command for a shell gives an answer', async () => {
  const body = /-d '(.*)'/.exec(readme)?.[1] ?? '';
  const { statusCode, json } = await server.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json' },
    payload: body,
  });
  expect(statusCode).toBe(200);
  expect(json().data.atlas.sourceCount).toBe(5);
});

test.each(exampleTabs.map((tab) => [tab]))('the examples in GraphiQL work', async (tab) => {
  const variables = 'variables' in tab && typeof tab.variables === 'string' ? JSON.parse(tab.variables) : {};
  expect(await server.data(tab.query, variables)).toBeTruthy();
});
