import { NotRun, type Check } from './check.ts';

const absent = (id: string, threat: string, why: string): Check => ({
  id,
  threat,
  run: async () => {
    throw new NotRun(why);
  },
});

const NO_STREAMS = 'there are no subscriptions yet';
const NO_ACCOUNTS = 'there are no accounts, and nothing can be written over HTTP';

/** Checks of what the program has not, so that none is forgotten when it comes. */
export const ABSENT: Check[] = [
  absent('A3', 'streams that break the protocol', NO_STREAMS),
  absent('D1', 'fields that lack a permission', NO_ACCOUNTS),
  absent('D2', 'drafts that are seen by a way round', NO_ACCOUNTS),
  absent('D3', 'passwords that are guessed', NO_ACCOUNTS),
  absent('D4', 'streams that outlive a permission', NO_ACCOUNTS),
  absent('D5', 'wrong credentials that are taken for none', NO_ACCOUNTS),
  absent(
    'E4',
    'addresses that have the server ask its own network',
    'the server fetches nothing by an address',
  ),
  absent('G2', 'subscriptions that are left behind', NO_STREAMS),
  absent('G3', 'readers of a stream who are slow', NO_STREAMS),
  absent('G4', 'streams without number', NO_STREAMS),
];
