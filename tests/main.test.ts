import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { writePackage } from './package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { ServerProcess } from './server-process.ts';
import { tempFolder } from './temp.ts';

const running = new Set<ServerProcess>();

afterEach(() => {
  for (const { child } of running) child.kill('SIGKILL');
  running.clear();
});

/** Starts the program with these settings and no others. */
function start(settings: Record<string, string>, file = 'main.ts'): ServerProcess {
  const started = new ServerProcess(settings, { file, folder: tempFolder() });
  running.add(started);
  return started;
}

async function stop(started: ServerProcess): Promise<void> {
  expect(await started.stop()).toEqual({ code: 0, signal: null, error: '' });
}

const database = (): string => `file:${join(tempFolder(), 'atlas.sqlite')}`;

test.each(['main.ts', 'dateline.js'])(
  '%s serves the built-in atlas, says so in one line, and ends when told',
  async (file) => {
    const started = start({ DATABASE_URL: database() }, file);
    const address = await started.address();
    expect(started.printed()).toMatch(
      /^Syria diplomacy, 2016-17: \d+ events from 5 sources, at http:\/\/localhost:\d+\n$/,
    );
    const health = await fetch(`${address}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    const body = JSON.stringify({ query: '{ place(id: "lausanne") { name } }' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${address}/graphql`, { method: 'POST', headers, body });
    expect(await answer.json()).toEqual({ data: { place: { name: 'Lausanne' } } });
    await stop(started);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow('fetch failed');
  },
);

test('an interrupt ends it too', async () => {
  const started = start({ DATABASE_URL: database() });
  await started.address();
  started.child.kill('SIGINT');
  expect(await started.ended).toMatchObject({ code: 0, error: '' });
});

test('a second start opens the file as it is; a changed package is loaded anew', async () => {
  const settings = { DATABASE_URL: database(), ATLAS: writePackage() };
  const lineOf = async (): Promise<string> => {
    const started = start(settings);
    await started.address();
    await stop(started);
    return started.printed();
  };
  expect(await lineOf()).toMatch(/^Syria diplomacy, 2016-17: 1 events/);
  const file = settings.DATABASE_URL.slice('file:'.length);
  const db = new DatabaseSync(file);
  db.exec("UPDATE atlas SET title = 'Left alone'");
  db.close();
  const { mtimeMs } = statSync(file);
  expect(await lineOf()).toMatch(/^Left alone: 1 events/);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  writeFileSync(join(settings.ATLAS, 'relations.csv'), 'event,related,kind\ncall-1,call-1,follows\n');
  expect(await lineOf()).toMatch(/^Syria diplomacy, 2016-17: 1 events/);
});

test('a second server of one database is told who serves it, while another process may import into it', async () => {
  const settings = { DATABASE_URL: database(), ATLAS: writePackage() };
  const first = start(settings);
  const address = await first.address();
  expect(await failing(settings)).toBe(
    `dateline: process ${first.child.pid} serves the database ${settings.DATABASE_URL.slice('file:'.length)} already. Stop that one, or name another database in DATABASE_URL.\n`,
  );
  const store = new SqliteStore(settings.DATABASE_URL.slice('file:'.length), 'writer');
  await store.change({ removed: ['call-1'] });
  await store.close();
  const query = encodeURIComponent('{ atlas { eventCount } }');
  const answer = await fetch(`${address}/graphql?query=${query}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  expect(await answer.json()).toEqual({ data: { atlas: { eventCount: 0 } } });
  await stop(first);
});

test('after a server was killed the database is looked through, once', async () => {
  const settings = { DATABASE_URL: database() };
  const killed = start(settings);
  await killed.address();
  await killed.stop('SIGKILL');
  const next = start(settings);
  await next.address();
  expect(await next.stop()).toMatchObject({
    code: 0,
    error: expect.stringMatching(
      /^dateline: the last stop was not a clean one, so .* is looked through\.\n$/,
    ),
  });
  const last = start(settings);
  await last.address();
  await stop(last);
});

const failing = async (settings: Record<string, string>, file?: string): Promise<string> => {
  const started = start({ DATABASE_URL: database(), ...settings }, file);
  const { code, error } = await started.ended;
  expect([code, started.printed()]).toEqual([1, '']);
  return error;
};

test.each(['main.ts', 'dateline.js'])('%s says in a sentence that a port is in use', async (file) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await failing({ PORT: String(port) }, file)).toBe(
    `dateline: listen EADDRINUSE: address already in use 127.0.0.1:${port}. Stop what listens there, or set PORT to another.\n`,
  );
  other.close();
});

test.each<[fault: string, settings: () => Record<string, string>, sentence: RegExp]>([
  ['a port that is none', () => ({ PORT: 'http' }), /^dateline: PORT is not a port: "http"\. Give .*\n$/],
  [
    'a host of another machine',
    () => ({ HOST: '192.0.2.1' }),
    /^dateline: listen EADDRNOTAVAIL.*\. Set HOST and PORT .*\n$/,
  ],
  [
    'a folder that is no atlas',
    () => ({ ATLAS: tempFolder() }),
    /^dateline: no data package: cannot read .*\. Give .*\n$/,
  ],
  [
    'an atlas with a fault',
    () => ({ ATLAS: writePackage({ 'placements.csv': { 2: 'call-1,atlantis,VENUE' } }) }),
    /^dateline: \/.* cannot be served:\n {2}placements\.csv:2: place: unknown: "atlantis" .* correct the spelling\.\n$/,
  ],
  [
    'a database that cannot be opened',
    () => ({ DATABASE_URL: `file:${tempFolder()}/no/such/atlas.sqlite` }),
    /^dateline: cannot open the database .*\. Check that the folder exists .* DATABASE_URL\.\n$/,
  ],
])('%s is told in a sentence', async (_, settings, sentence) => {
  expect(await failing(settings())).toMatch(sentence);
});

test('an atlas with a fault leaves the one that was served', async () => {
  const settings = { DATABASE_URL: database(), ATLAS: writePackage() };
  const first = start(settings);
  await first.address();
  await stop(first);
  writeFileSync(
    join(settings.ATLAS, 'events.csv'),
    'id,title,summary,category,status,when\nx,X,X,nowhere,OCCURRED,\n',
  );
  expect(await failing(settings)).toContain('cannot be served');
  const db = new DatabaseSync(settings.DATABASE_URL.slice('file:'.length));
  expect(db.prepare('SELECT id FROM event').all()).toEqual([{ id: 'call-1' }]);
  db.close();
});

test('callers who send a body that is too long to its end are told so every time', async () => {
  const started = start({ DATABASE_URL: database() });
  const address = await started.address();
  const headers = { 'content-type': 'application/json' };
  const body = 'a'.repeat(8_000_000);
  for (let times = 0; times < 30; times++) {
    // On a connection that is open already a body is under way before its answer is.
    await (await fetch(`${address}/healthz`)).text();
    const { status } = await fetch(`${address}/graphql`, { method: 'POST', headers, body });
    expect(status).toBe(413);
  }
});
