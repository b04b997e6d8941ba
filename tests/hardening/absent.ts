import { NotRun, type Check } from './check.ts';

const absent = (id: string, threat: string, why: string): Check => ({
  id,
  threat,
  run: async () => {
    throw new NotRun(why);
  },
});

/** Checks of what the program has not, or that are not written yet, so that none is forgotten. */
export const ABSENT: Check[] = [
  absent('A3', 'web sockets that break the protocol', 'there are none: streams are plain HTTP'),
];
