import type { Question } from './questions.ts';

/** What a rival answers to a question: how many placements in the view match, and in how many cells of 64 pixels. */
export interface Answer {
  placements: number;
  cells: number;
}

/** A database or library that holds the same placements and answers the same questions. */
export interface Rival {
  version: string;
  clusters(question: Question): Answer | Promise<Answer>;
  /** Other answers, where it is asked for them only to be compared with the index's. */
  placementsOfKinds?(question: Question): Promise<number>;
  events?(question: Question): Promise<number>;
  timeline?(question: Question): Promise<{ possibly: number[]; certainly: number[] }>;
  close(): void | Promise<void>;
}

/** A rival cannot run on this machine; the message says why. */
export class CannotRun extends Error {
  override name = 'CannotRun';
}
