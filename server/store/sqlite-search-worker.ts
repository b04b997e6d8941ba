import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { searchNodes, searchWords } from './sqlite-search.ts';
import type { Found, NodeKey } from './store.ts';

/** What the worker is sent; one at a time. */
export interface SearchTask {
  among: 'events' | 'nodes';
  words: readonly string[];
}

/** What it sends back. */
export interface SearchAnswer {
  found?: Found | NodeKey[];
  error?: unknown;
}

const db = new DatabaseSync(workerData as string, { readOnly: true });

parentPort?.on('message', ({ among, words }: SearchTask) => {
  const answer = (given: SearchAnswer, ...buffers: ArrayBuffer[]): void =>
    parentPort?.postMessage(given, buffers);
  try {
    if (among === 'nodes') return answer({ found: searchNodes(db, words) });
    const found = searchWords(db, words);
    return answer({ found }, found.keys.buffer as ArrayBuffer, found.rank.buffer as ArrayBuffer);
  } catch (error) {
    return answer({ error });
  }
});
