import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../server/app.ts';
import { readSoundPackage } from '../../server/import/data-package.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { readWhen, whenLabel } from '../../server/time.ts';
import { readDate } from '../../server/import/values.ts';
import { InputError } from '../../server/input-error.ts';
import { RowFault } from '../../server/import/draft.ts';
import { readAddress, writeAddress } from '../../web/address.ts';
import { BUILT_IN } from '../server.ts';
import type { Check, Effort, Seen } from './check.ts';
import { addresses, searches } from './fuzz-addresses.ts';
import { readsOrRefuses } from './fuzz-files.ts';
import { questions } from './fuzz-questions.ts';

/** How often each property is tried. The seed is fixed: what fails once fails again. */
const RUNS: Record<Effort, number> = { short: 100, usual: 500, full: 10_000 };
const SEED = 20161015;

/** Seconds of the processor's time that no single input may take. */
const MOST_SECONDS = 2;

/** Random input, and files and queries that are nearly right: nothing may break, nor take its time. */
export const FUZZING: Check[] = [
  {
    id: 'E8a',
    threat: 'arguments of queries that nobody has thought of',
    run: (_, effort) =>
      withApp(async (ask) => {
        const seen = new Map<string, number>();
        await holds(questions(), RUNS[effort], async (payload) => {
          const { status, text } = await ask('/graphql', payload);
          assert.ok(
            status < 500 && !text.includes('INTERNAL_SERVER_ERROR'),
            `${status}: ${text.slice(0, 500)}`,
          );
          const outcome = JSON.parse(text).errors ? 'refused' : 'answered';
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        });
        assert.ok((seen.get('answered') ?? 0) * 5 > RUNS[effort], 'hardly any question was one');
        return told(RUNS[effort], seen);
      }),
  },
  {
    id: 'E8b',
    threat: 'dates that nobody writes',
    run: async (_, effort) => {
      const seen = new Map<string, number>();
      await holds(dateTexts(), RUNS[effort] * 5, async (text) => {
        const outcome = refusal(() => mustBeDate(text));
        refusal(() => readDate('date', text, null));
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      });
      return told(RUNS[effort] * 5, seen);
    },
  },
  {
    id: 'E8c',
    threat: 'files that are damaged, of each format that is read',
    run: async (_, effort) => readsOrRefuses(RUNS[effort], holds),
  },
  {
    id: 'E8d',
    threat: 'addresses of the page that say what nobody chose',
    run: async (_, effort) => {
      await holds(searches(), RUNS[effort] * 5, async (search) => {
        const once = writeAddress(readAddress(search));
        assert.equal(writeAddress(readAddress(once)), once);
      });
      await holds(addresses(), RUNS[effort] * 5, async (address) => {
        const { view: _view, time: _time, selection, ...read } = readAddress(writeAddress(address));
        const { view: _, time: __, selection: chosen, ...written } = address;
        assert.deepEqual(structuredClone(read), structuredClone(written));
        if (chosen?.kind !== 'area') assert.deepEqual(structuredClone(selection), structuredClone(chosen));
      });
      return { seen: `${RUNS[effort] * 10} addresses`, inputs: RUNS[effort] * 10 };
    },
  },
  {
    id: 'E8e',
    threat: 'parameters of exports that mean nothing',
    run: (_, effort) =>
      withApp(async (ask) => {
        const formats = ['geojson', 'csv', 'ndjson', 'kml', 'ics', 'rss', 'json-feed', 'datapackage.zip'];
        const input = fc.tuple(
          fc.constantFrom(...formats),
          fc.oneof(searches(), addresses().map(writeAddress)),
        );
        const seen = new Map<string, number>();
        await holds(input, RUNS[effort], async ([format, search]) => {
          const { status, text } = await ask(`/export/events.${format}${search.replaceAll('#', '%23')}`);
          assert.ok(status < 500, `${status}: ${text.slice(0, 500)}`);
          seen.set(String(status), (seen.get(String(status)) ?? 0) + 1);
        });
        // Whatever the page writes means something to an export.
        await holds(addresses(), RUNS[effort], async (address) => {
          const { text } = await ask(`/export/events.csv${writeAddress(address)}`);
          assert.doesNotMatch(text, /unknown parameter|not a date|not one date/, text.slice(0, 300));
        });
        return told(RUNS[effort], seen);
      }),
  },
];

type Ask = (url: string, payload?: object) => Promise<{ status: number; text: string }>;

/** Asks the real app of the built-in atlas, in this process: a crash is one of the check. */
async function withApp<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  const store = new SqliteStore(join(folder, 'atlas.sqlite'));
  await store.replace(await readSoundPackage(BUILT_IN));
  const app = await buildApp(store, { tiles: null });
  try {
    return await work(async (url, payload) => {
      const request = payload ? { method: 'POST' as const, url, payload } : { method: 'GET' as const, url };
      const { statusCode, body } = await app.inject(request);
      return { status: statusCode, text: body };
    });
  } finally {
    await app.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Tries a property on random input. @throws with the smallest input that was found to break it */
async function holds<T>(
  input: fc.Arbitrary<T>,
  numRuns: number,
  property: (value: T) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(input, async (value) => {
      const start = process.cpuUsage();
      await property(value);
      const { user, system } = process.cpuUsage(start);
      assert.ok((user + system) / 1e6 < MOST_SECONDS, 'it took too long');
    }),
    { numRuns, seed: SEED },
  );
}

/** A date in EDTF means the same when it is read again, and can be told. */
function mustBeDate(text: string): void {
  const when = readWhen(text);
  const { from, to } = when;
  for (const bound of [from, to])
    assert.ok(bound === null || Number.isSafeInteger(bound), `${bound} is no moment`);
  assert.ok(from === null || to === null || from < to, 'it ends before it begins');
  assert.deepEqual(readWhen(when.edtf), when);
  assert.equal(typeof whenLabel(when.edtf), 'string');
}

/** Runs what may refuse its input in words, and nothing else. */
function refusal(work: () => void): string {
  try {
    work();
    return 'read';
  } catch (error) {
    if (error instanceof InputError || error instanceof RowFault) return 'refused';
    throw error;
  }
}

const DATE_PARTS = [
  ...[
    '2016',
    '2016-10',
    '2016-10-13',
    '2016-02-30',
    '-0044-03-15',
    'Y17E7',
    'Y-170002',
    '201',
    '20',
    '0000',
    '9999',
  ],
  ...[
    '2016-21',
    '2016-41',
    '2016-XX',
    '201X',
    'XXXX-10-XX',
    '10:30',
    'T10:30Z',
    'T24:00:00',
    '+03:00',
    '..',
    '/',
  ],
  ...[
    '~',
    '?',
    '%',
    '[',
    ']',
    '{',
    '}',
    ',',
    'S2',
    'unknown',
    'open',
    '',
    '-',
    'X',
    'u',
    '13/10/2016',
    '٢٠١٦',
  ],
  ...['October', '13 October 2016', 'Oct 13, 2016', ' ', '275760-09-13', '-271821-04-20', '1e9', '\u0000'],
];

const dateTexts = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.array(fc.constantFrom(...DATE_PARTS), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: fc.constantFrom(...'0123456789-/.~?%[]{},XYETSZ:+ u'), maxLength: 120 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );

const told = (runs: number, seen: ReadonlyMap<string, number>): Seen => ({
  seen: `${runs} inputs: ${[...seen].map(([what, count]) => `${count} ${what}`).join(', ')}`,
  inputs: runs,
});
