import { join } from 'node:path';
import { expect, describe, onTestFinished, test } from 'vitest';
import { Client } from 'pg';
import { buildApp } from '../server/app.ts';
import { openStore } from '../server/store/open-store.ts';
import type { Store } from '../server/store/store.ts';
import { generateAtlas } from './bench/generated-atlas.ts';
import { networkTo } from './network.ts';
import {
  administer,
  CAN_START_POSTGRESQL,
  startCluster,
  startServer,
  startStandby,
  KEPT,
  stopServer,
  type Cluster,
} from './postgresql-cluster.ts';
import { at } from './stores.ts';
import { tempFolder } from './temp.ts';

const QUERY = '{ atlas { eventCount version } events(first: 1) { nodes { id title } } }';

/** An app over a store; what it answers to a query. */
async function asking(
  store: Store,
): Promise<() => Promise<{ status: number; code?: string; retry?: unknown; count?: number }>> {
  const app = await buildApp(store, { tiles: null, logLevel: 'silent' });
  onTestFinished(async () => {
    await app.close();
    await store.close();
  });
  return async () => {
    const { statusCode, headers, body } = await app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: QUERY },
    });
    const { data, errors } = JSON.parse(body);
    const ready = await app.inject({ url: '/readyz' });
    // Who is asked whether it is ready says the same.
    expect(ready.statusCode === 200).toBe(statusCode === 200);
    return {
      status: statusCode,
      ...(errors && { code: errors[0].extensions.code, retry: headers['retry-after'] }),
      ...(data && { count: data.atlas.eventCount }),
    };
  };
}

/** A cluster, which goes with the test. */
async function cluster(): Promise<Cluster> {
  const made = await startCluster(join(tempFolder(), 'primary'), false, KEPT);
  onTestFinished(() => stopServer(made));
  return made;
}

/** A hot standby of a server, which goes with the test. */
async function standbyOf(primary: Cluster): Promise<Cluster> {
  const made = await startStandby(primary);
  onTestFinished(() => stopServer(made));
  return made;
}

const value = async (url: string, sql: string): Promise<unknown> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return Object.values(rows[0] as object)[0];
};

// A server that is named in TEST_DATABASE_URL is left alone.
describe.skipIf(!CAN_START_POSTGRESQL)('PostgreSQL', () => {
  test('while the server is away queries are told so by 503, and answered again when it is back', async () => {
    const primary = await cluster();
    const store = await openStore(at(primary.url));
    const atlas = generateAtlas(30);
    await store.replace(atlas);
    const ask = await asking(store);
    expect(await ask()).toEqual({ status: 200, count: 30 });
    for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
      await stopServer(primary, signal);
      // What was known a moment ago is believed for as long.
      await expect.poll(ask).toEqual({ status: 503, code: 'STORE_UNAVAILABLE', retry: '5' });
      await expect(store.change({ removed: ['event-00000000'] })).rejects.toThrow(
        'the database does not answer',
      );
      const again = await startServer(primary.folder, primary.port, false, KEPT);
      Object.assign(primary, again);
      await expect.poll(ask).toEqual({ status: 200, count: 30 });
    }
    await store.change({ removed: ['event-00000000'] });
    expect(await ask()).toEqual({ status: 200, count: 29 });
  });

  test('a network that carries nothing is told of in time, and nothing is left of it when it carries again', async () => {
    const primary = await cluster();
    const network = await networkTo(primary.port);
    onTestFinished(network.end);
    const url = primary.url.replace(String(primary.port), String(network.port));
    const store = await openStore(at(url));
    await store.replace(generateAtlas(10));
    const ask = await asking(store);
    expect(await ask()).toEqual({ status: 200, count: 10 });
    network.cut();
    // Many at once, so that every connection is in use.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => store.places(['place-00000000']).catch(String)),
    );
    expect(new Set(answers.map((answer) => /does not answer/.test(String(answer))))).toEqual(new Set([true]));
    expect((await ask()).status).toBe(503);
    network.mend();
    await expect.poll(ask).toEqual({ status: 200, count: 10 });
  });

  test('a question that finds no free connection is told so and not kept', async () => {
    const primary = await cluster();
    const store = await openStore({ ...at(primary.url), connections: 1 });
    await store.replace(generateAtlas(5));
    onTestFinished(() => store.close());
    const holder = new Client({ connectionString: primary.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE dateline.event IN ACCESS EXCLUSIVE MODE');
    const waiting = store.events(['event-00000000']);
    await expect(store.places(['place-00000000'])).rejects.toThrow(/the database does not answer/);
    await expect(waiting).rejects.toThrow(/the database does not answer/);
    await holder.end();
    expect((await store.events(['event-00000000']))[0]?.id).toBe('event-00000000');
  });

  test('a standby is read from as soon as it has what was written here, and each server stands in for the other', async () => {
    const primary = await cluster();
    await (async () => {
      const first = await openStore(at(primary.url));
      await first.replace(generateAtlas(20));
      await first.close();
    })();
    const standby = await standbyOf(primary);
    await expect.poll(() => value(standby.url, 'SELECT count(*)::int FROM dateline.event')).toBe(20);
    const store = await openStore({ ...at(primary.url), readUrl: standby.url });
    const ask = await asking(store);
    expect(await ask()).toEqual({ status: 200, count: 20 });
    // Only who is asked a query counts the sources.
    const reads = async (): Promise<number> =>
      Number(
        await value(
          standby.url,
          "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE schemaname = 'dateline' AND relname = 'source'",
        ),
      );
    const isReadFrom = async (): Promise<void> => {
      const before = await reads();
      const isMore = async (): Promise<boolean> => (await ask()).status === 200 && (await reads()) > before;
      await expect.poll(isMore).toBe(true);
    };
    await isReadFrom();

    // What was written is seen, though the standby does not replay it.
    await administer(standby.url, 'SELECT pg_wal_replay_pause()');
    await store.change({ removed: ['event-00000000'] });
    expect(await ask()).toEqual({ status: 200, count: 19 });
    expect(await value(standby.url, 'SELECT count(*)::int FROM dateline.event')).toBe(20);
    await administer(standby.url, 'SELECT pg_wal_replay_resume()');
    await expect.poll(() => value(standby.url, 'SELECT count(*)::int FROM dateline.event')).toBe(19);

    await stopServer(standby, 'SIGKILL');
    await expect.poll(ask).toEqual({ status: 200, count: 19 });
    Object.assign(standby, await startServer(standby.folder, standby.port));
    await isReadFrom();

    await stopServer(primary, 'SIGKILL');
    await expect.poll(ask).toEqual({ status: 200, count: 19 });
    await expect(store.change({ removed: ['event-00000001'] })).rejects.toThrow(
      'the database does not answer',
    );
  });
});
