import { parentPort, workerData } from 'node:worker_threads';
import { buffersOf } from './index-parts.ts';
import { readIndexFile, writeIndexFile } from './index-file.ts';
import { indexColumns, type IndexedParts, type Kind } from './indexed-events.ts';
import { InputError } from './input-error.ts';
import { openStore } from './store/open-store.ts';
import type { AtlasState, RecordKind, Store, StoreLocation } from './store/store.ts';
import { StoreUnavailable } from './store/unavailable.ts';

/** What to index, of which store: all, by a file of before where it is of this atlas's past; or what changed since. */
export type IndexTask = { location: StoreLocation } & (
  | { task: 'whole'; file: string | null; mayRead: boolean }
  | { task: 'changes'; since: AtlasState; kinds: readonly Kind[] }
);

/** What was added, indexed, and what is gone. */
export interface IndexedChanges {
  added: IndexedParts;
  removed: Record<RecordKind, Uint32Array>;
}

/** Indexes all of an atlas. */
async function indexWhole(
  store: Store,
  { file, mayRead }: { file: string | null; mayRead: boolean },
): Promise<IndexedParts> {
  if (file !== null && mayRead) {
    const found = readIndexFile(file);
    if (found !== null && (await isOfThePast(store, found.state))) return found;
  }
  const parts = indexColumns(await store.columns());
  if (file !== null) writeOrLeave(file, parts);
  return parts;
}

async function isOfThePast(store: Store, state: AtlasState): Promise<boolean> {
  return (await store.changes(state)) !== null;
}

/** An index that cannot be kept is made again next time. */
function writeOrLeave(file: string, parts: IndexedParts): void {
  try {
    writeIndexFile(file, parts);
  } catch (error) {
    process.emitWarning(`the index was not kept: ${(error as Error).message}`);
  }
}

/** Told in place of what was asked for, since an error that goes from one thread to another is of no class any more. */
export interface NotThere {
  unavailable: string;
}

const asked = workerData as IndexTask;

/** Does what was asked for, and tells it. */
async function work(store: Store): Promise<void> {
  if (asked.task === 'whole') {
    const parts = await indexWhole(store, asked);
    parentPort?.postMessage(parts, [...new Set(buffersOf(parts))]);
  } else {
    const changes = await store.changes(asked.since);
    const indexed: IndexedChanges | null = changes && {
      added: indexColumns(changes.added, asked.kinds),
      removed: changes.removed,
    };
    parentPort?.postMessage(indexed, indexed ? [...new Set(buffersOf(indexed.added))] : []);
  }
}

/** @throws StoreUnavailable where it cannot be opened: the server has opened it before, with the same settings */
async function openAgain(): Promise<Store> {
  try {
    return await openStore(asked.location);
  } catch (error) {
    if (error instanceof InputError) throw new StoreUnavailable(error.message);
    throw error;
  }
}

let store: Store | null = null;
try {
  store = await openAgain();
  await work(store);
} catch (error) {
  if (!(error instanceof StoreUnavailable)) throw error;
  const told: NotThere = { unavailable: error.message };
  parentPort?.postMessage(told);
} finally {
  await store?.close();
}
