import { buildApp } from './app.ts';
import { packageVersion, readSoundPackage } from './import/data-package.ts';
import { InputError } from './input-error.ts';
import { readSettings, type Settings } from './settings.ts';
import { SqliteStore } from './store/sqlite.ts';

/** Serves an atlas until it is told to stop. @throws InputError when a setting or the data cannot be used. */
async function serve(settings: Settings): Promise<void> {
  const store = new SqliteStore(settings.databaseFile);
  const version = await packageVersion(settings.atlas);
  if ((await store.summary())?.packageVersion !== version)
    await store.replace(await readSoundPackage(settings.atlas));
  const app = await buildApp(store, settings);
  await app.listen({ port: settings.port, host: settings.host });
  const stop = async (): Promise<void> => {
    await app.close();
    await store.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

  const query = '{ atlas { title eventCount sourceCount } }';
  const answer = await app.inject({ method: 'POST', url: '/graphql', payload: { query } });
  const { title, eventCount, sourceCount } = answer.json().data.atlas;
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const host = ['127.0.0.1', '0.0.0.0', '::1', '::'].includes(settings.host) ? 'localhost' : settings.host;
  console.log(`${title}: ${eventCount} events from ${sourceCount} sources, at http://${host}:${port}`);
}

/** What is wrong with the address that was asked for, or null when that is not what is wrong. */
function listenFault({ message, code, syscall }: NodeJS.ErrnoException): string | null {
  if (code === 'EADDRINUSE') return `${message}. Stop what listens there, or set PORT to another.`;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return null;
  return `${message}. Set HOST and PORT to an address of this machine that you may listen on.`;
}

try {
  await serve(readSettings(process.env));
} catch (error) {
  const message = error instanceof InputError ? error.message : listenFault(error as NodeJS.ErrnoException);
  if (message === null) throw error;
  console.error(`dateline: ${message}`);
  process.exitCode = 1;
}
