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
  absent(
    'E4',
    'addresses that have the server ask its own network',
    'the server fetches nothing by an address; what the command may fetch is tried in tests/fetched.test.ts',
  ),
];
