import type { Columns } from './generator.ts';
import type { Answers } from './index-bench.ts';
import type { Effort, Times } from './measure.ts';
import type { Rival } from './rival.ts';

/** Which rival, and what the index answered to the same questions. */
export interface RivalTask {
  name: string;
  events: number;
  questions: number;
  effort: Effort;
  answers: Answers;
}

/** What was measured of a rival, or why not. */
export type RivalResult = { name: string; events: number } & (
  { version: string; loadMs: number; compared: string; times: Times } | { skipped: string }
);

/** How a rival is made, the most events that it is given in reasonable time, and how its answers are compared. */
export interface Entry {
  open(columns: Columns, folder: string): Promise<Rival>;
  most: number;
  /** Why no more. */
  why?: string;
  /** Where its answers cannot be those of the index: why. */
  differs?: string;
}

/** The rivals by name. */
export const RIVALS: Record<string, Entry> = {
  DuckDB: {
    open: async (columns, folder) => (await import('./duckdb.ts')).openDuckdb(columns, folder),
    most: Infinity,
  },
  PostgreSQL: {
    open: async (columns, folder) => (await import('./postgresql.ts')).openPostgresql(columns, folder),
    most: Infinity,
  },
  'SQLite R*Tree': {
    open: async (columns) => (await import('./sqlite-rtree.ts')).openSqlite(columns),
    most: 1_000_000,
    why: 'building its tree takes minutes',
  },
  supercluster: {
    open: async (columns) => (await import('./supercluster.ts')).openSupercluster(columns),
    most: 1_000_000,
    why: 'loading 10 million objects takes minutes and gigabytes',
    differs: 'no period, clusters by their centres: not comparable',
  },
};

/** Their names, in the order in which they are measured. */
export const RIVAL_NAMES = Object.keys(RIVALS);
