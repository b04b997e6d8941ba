import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './main.css';
import { GraphiQL } from 'graphiql';
import type { GraphiQLProps } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './queries.ts';

/** Sends a query to our own API. Its errors, with any status, are answers to be shown; an answer that is not JSON is not. */
const fetcher: GraphiQLProps['fetcher'] = async (query, options) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...options?.headers },
    body: JSON.stringify(query),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`no JSON from /graphql: ${response.status} ${response.statusText} ${text.slice(0, 200)}`);
  }
};

const logo = createElement(
  GraphiQL.Logo,
  null,
  createElement('a', { className: 'graphiql-logo-link', href: '/' }, 'Dateline map'),
);

const container = document.getElementById('graphiql');
if (container === null) throw new Error('graphiql.html has no element with the id graphiql');
createRoot(container).render(createElement(GraphiQL, { fetcher, defaultTabs: exampleTabs }, logo));
