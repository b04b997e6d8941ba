import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { firstAnswer } from '../server/serve.ts';
import { readSettings } from '../server/settings.ts';
import type { Found, Store } from '../server/store/store.ts';
import {
  finishInAnyCase,
  isWanted,
  mustBeWanted,
  Unwanted,
  wantedSignal,
  whileWanted,
  Work,
} from '../server/wanted.ts';
import { TestServer } from './server.ts';

const server = new TestServer();
const { limits } = readSettings({ QUERY_SECONDS: '1' });
const SLOW = '{ events(filter: { text: "talks" }) { totalCount nodes { id } } }';
const NOTHING: Found = { keys: new Uint32Array(0), rank: new Uint8Array(0) };

/** A store whose searches end when they are let, or when nobody waits for them any more. */
function slowStore(): {
  store: Store;
  begun: string[];
  stopped: string[];
  after: string[];
  letGo: () => void;
} {
  const [begun, stopped, after]: string[][] = [[], [], []];
  const letGo: (() => void)[] = [];
  let isStopped = false;
  const search = (words: readonly string[]): Promise<Found> =>
    new Promise((done, failed) => {
      const signal = wantedSignal();
      begun?.push(words.join());
      signal?.addEventListener('abort', () => {
        isStopped = true;
        stopped?.push((signal.reason as { code: string }).code);
        failed(signal.reason);
      });
      letGo.push(() => done(NOTHING));
    });
  const store = new Proxy<Store>(server.store, {
    get(target, name) {
      if (name === 'search') return search;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...values: unknown[]) => {
        if (isStopped && name === 'events') after?.push(String(name));
        return Reflect.apply(method, target, values);
      };
    },
  });
  return {
    store,
    begun: begun ?? [],
    stopped: stopped ?? [],
    after: after ?? [],
    letGo: () => letGo.forEach((each) => each()),
  };
}

test('a query that takes too long is told so, and its work ends', async () => {
  const { store, stopped, after } = slowStore();
  const app = await buildApp(store, { tiles: null, limits });
  onTestFinished(() => app.close());
  const response = await app.inject({ method: 'POST', url: '/graphql', payload: { query: SLOW } });
  expect([response.statusCode, response.headers['cache-control']]).toEqual([503, 'no-store']);
  expect(response.json()).toEqual({
    errors: [
      {
        message:
          'the query took longer than 1 s and was stopped. Ask for less: longer words, a shorter period, fewer rows.',
        extensions: { code: 'TIMEOUT' },
      },
    ],
  });
  expect([stopped, after]).toEqual([['TIMEOUT'], []]);
});

test.each([
  ...['/tiles/0/0/0.mvt?q=talks', '/ogc/collections/events/items?q=talks'],
  ...['/export/events.geojson?q=talks', '/export/events.gpkg?q=talks'],
])('tiles, items and files that take too long to begin are stopped too: %s', async (url) => {
  const { store, stopped } = slowStore();
  const app = await buildApp(store, { tiles: null, limits });
  onTestFinished(() => app.close());
  const response = await app.inject(url);
  expect([response.statusCode, response.headers['cache-control'], stopped]).toEqual([
    503,
    'no-store',
    ['TIMEOUT'],
  ]);
  expect(response.json().errors[0].extensions).toEqual({ code: 'TIMEOUT' });
});

test('the work of a caller who has gone ends, and whoever asked the same is answered', async () => {
  const { store, begun, stopped, letGo } = slowStore();
  const app = await buildApp(store, { tiles: null });
  onTestFinished(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const body = JSON.stringify({ query: SLOW });
  const head = [
    'POST /graphql HTTP/1.1',
    'host: a',
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  const ask = async (): Promise<ReturnType<typeof connect>> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    return socket;
  };
  const first = await ask();
  await expect.poll(() => begun.length).toBe(1);
  const second = await ask();
  const answer = once(second, 'data');
  first.destroy();
  await expect.poll(() => [begun.length, ...stopped]).toEqual([2, 'CALLER_GONE']);
  letGo();
  expect(String((await answer)[0])).toContain('{"data":{"events":{"totalCount":0,"nodes":[]}}}');
  second.destroy();
  expect(stopped).toEqual(['CALLER_GONE']);
});

test('work that must be finished goes on when nobody waits for it', () => {
  const gone = new Unwanted('CALLER_GONE', 'gone');
  const [write, read] = [new Work(), new Work()];
  whileWanted(write, finishInAnyCase);
  for (const work of [write, read]) work.stop(gone);
  expect([write, read].map((work) => whileWanted(work, isWanted))).toEqual([true, false]);
  expect(() => whileWanted(read, mustBeWanted)).toThrow(gone);
});

test('an atlas that takes longer to be indexed than a question may is served when it is indexed', async () => {
  const slow = new Proxy(server.store, {
    get: (target, name) => {
      if (name === 'columns') return async () => (await setTimeout(1500), target.columns());
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const app = await buildApp(slow, { tiles: null, limits });
  onTestFinished(() => app.close());
  expect(await firstAnswer(app, () => false)).toMatchObject({
    title: 'Syria diplomacy, 2016-17',
    sourceCount: 5,
  });
  expect(await firstAnswer(app, () => true)).toBe(null);
});
