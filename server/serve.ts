import type { FastifyInstance } from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { buildApp } from './app.ts';
import { packageVersion, readSoundPackage } from './import/data-package.ts';
import { IMPORTED_VERSION } from './import/importer.ts';
import { InputError } from './input-error.ts';
import type { Settings } from './settings.ts';
import { databaseName } from './store/database-url.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';

/**
 * Serves what the database holds: events that were imported, or the data package that the settings name, which is put in where
 * it is not there as it is now.
 * @throws InputError when a setting or the data cannot be used, or what was imported would be lost
 */
export async function serveAtlas(settings: Settings): Promise<void> {
  const store = await openStore(settings.database, 'server');
  try {
    await fill(store, settings);
    await serveStore(store, settings);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function fill(store: Store, settings: Settings): Promise<void> {
  const there = await store.summary();
  const isImported = there?.packageVersion === IMPORTED_VERSION;
  if (!isImported || !settings.isBuiltIn) {
    const version = await packageVersion(settings.atlas);
    if (there?.packageVersion !== version) {
      if (there && there.version !== there.packageVersion)
        throw new InputError(
          `the database ${databaseName(settings.database.url)} holds events that were imported, and ${settings.atlas} would take their place. Name another database in DATABASE_URL.`,
        );
      await store.replace(await readSoundPackage(settings.atlas));
    }
  }
}

/** Serves a store until the process is told to stop. @throws what listening throws */
export async function serveStore(store: Store, settings: Settings): Promise<void> {
  const app = await buildApp(store, settings);
  await app.listen({ port: settings.port, host: settings.host });
  let stopping: Promise<void> | undefined;
  // A second signal changes nothing: what is under way ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void (stopping ??= stop(app, store)));

  const about = await firstAnswer(app, () => stopping !== undefined);
  if (about === null) return;
  const { title, eventCount, sourceCount } = about;
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const host = ['127.0.0.1', '0.0.0.0', '::1', '::'].includes(settings.host) ? 'localhost' : settings.host;
  console.log(`${title}: ${eventCount} events from ${sourceCount} sources, at http://${host}:${port}`);
}

/**
 * What the atlas is, as soon as it is indexed and the database answers; null when it is stopped before.
 * @throws Error when it is ready and cannot tell
 */
export async function firstAnswer(
  app: FastifyInstance,
  isStopping: () => boolean,
): Promise<{ title: string; eventCount: number; sourceCount: number } | null> {
  const query = '{ atlas { title eventCount sourceCount } }';
  while (!isStopping()) {
    // Who asks whether it is ready waits for the index, has no other limit, and uses up nobody's.
    const isReady = (await app.inject('/readyz')).statusCode === 200;
    const answer = isReady && (await app.inject({ method: 'POST', url: '/graphql', payload: { query } }));
    if (answer && answer.statusCode === 200) return answer.json().data.atlas;
    // Between the two questions the database may have gone.
    if (answer && answer.statusCode !== 503) throw new Error(`the atlas cannot be told of: ${answer.body}`);
    await wait(AGAIN);
  }
  return null;
}

/** In milliseconds between two questions whether it answers. */
const AGAIN = 200;

/** In milliseconds: answers that are under way have so long to be finished. */
const LAST_ANSWERS = 4000;

/** Takes no more requests, lets those under way be answered, and closes what is open; then the process ends by itself. */
async function stop(app: FastifyInstance, store: Store): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS);
  await app.close();
  clearTimeout(late);
  await store.close();
}
