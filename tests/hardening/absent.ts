import { NotRun, type Check } from './check.ts';

const absent = (id: string, threat: string, why: string): Check => ({
  id,
  threat,
  run: async () => {
    throw new NotRun(why);
  },
});

const IN_DESK = 'tokens and drafts are tried in tests/desk.test.ts, and not yet here';

/** Checks of what the program has not, or that are not written yet, so that none is forgotten. */
export const ABSENT: Check[] = [
  absent('A3', 'web sockets that break the protocol', 'there are none: streams are plain HTTP'),
  absent('D1', 'fields that lack a permission', IN_DESK),
  absent('D2', 'drafts that are seen by a way round', IN_DESK),
  absent('D3', 'passwords that are guessed', 'there are no passwords'),
  absent('D4', 'streams that outlive a permission', 'a stream tells what is public, to whomever it is'),
  absent('D5', 'wrong credentials that are taken for none', IN_DESK),
  absent(
    'E4',
    'addresses that have the server ask its own network',
    'the server fetches nothing by an address; what the command may fetch is tried in tests/fetched.test.ts',
  ),
];
