import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { searchNodes, searchWords } from './sqlite-search.ts';

/** What the worker is sent, and what it sends back under the same number. */
export interface SearchTask {
  id: number;
  among: 'events' | 'nodes';
  words: readonly string[];
}

const db = new DatabaseSync(workerData as string, { readOnly: true });

parentPort?.on('message', ({ id, among, words }: SearchTask) => {
  try {
    if (among === 'nodes') {
      parentPort?.postMessage({ id, found: searchNodes(db, words) });
      return;
    }
    const found = searchWords(db, words);
    parentPort?.postMessage({ id, found }, [
      found.keys.buffer as ArrayBuffer,
      found.rank.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    parentPort?.postMessage({ id, error });
  }
});
