import type { FastifyInstance } from 'fastify';
import { setTimeout } from 'node:timers/promises';
import type { IndexKeeper } from '../index-keeper.ts';
import type { Store } from '../store/store.ts';

/** In milliseconds: a store that has not answered by then has failed, and an index that is not there then is awaited. */
const SLOWEST = 2000;

/** Tells at /healthz whether the process runs, and at /readyz whether it can answer, or why not. */
export function tellHealth(app: FastifyInstance, store: Store, keeper: IndexKeeper): void {
  let isStopping = false;
  app.addHook('preClose', async () => void (isStopping = true));
  const noStore = { 'cache-control': 'no-store' };
  app.get('/healthz', async (_, reply) => reply.headers(noStore).send({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const reason = isStopping ? 'STOPPING' : await reasonAgainst(store, keeper);
    reply.headers(noStore);
    if (reason === null) return reply.send({ status: 'ready' });
    return reply.code(503).send({ status: 'not ready', reason });
  });
}

async function reasonAgainst(
  store: Store,
  keeper: IndexKeeper,
): Promise<'NO_ATLAS' | 'STORE_FAILED' | 'INDEXING' | null> {
  const late = setTimeout(SLOWEST, 'late' as const, { ref: false });
  try {
    const summary = await Promise.race([store.summary(), late]);
    if (summary === 'late') return 'STORE_FAILED';
    if (summary === undefined) return 'NO_ATLAS';
    const index = await Promise.race([keeper.current(), late]);
    return index === 'late' && keeper.about === null ? 'INDEXING' : null;
  } catch {
    return 'STORE_FAILED';
  }
}
