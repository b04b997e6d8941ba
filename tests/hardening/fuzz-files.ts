import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { importFiles } from '../../server/import/importer.ts';
import { InputError } from '../../server/input-error.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import type { Seen } from './check.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/import');

/** So much of a file is worth changing: what comes later is more of the same. */
const MOST_BYTES = 20_000;

/** What a change puts somewhere: bytes that mean something to one format or another, and some that mean nothing. */
const PIECES = [
  ...[
    '"',
    '""',
    ',',
    ';',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\0',
    '\ufeff',
    '\u{1f54a}',
    '\u202e',
    '{',
    '}',
    '[',
    ']',
    ':',
  ],
  ...[
    'null',
    '-1',
    '1e999',
    'NaN',
    '91',
    '180.1',
    '2016-02-30',
    '<',
    '>',
    '</',
    '&amp;',
    '&x;',
    '<![CDATA[',
    ']]>',
  ],
  ...[
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '__proto__',
    'constructor',
    '9'.repeat(400),
    'x'.repeat(5000),
    'PK\x03\x04',
  ],
].map((text) => Buffer.from(text));

interface Change {
  at: number;
  taken: number;
  put: Uint8Array;
}

const changes = (): fc.Arbitrary<Change[]> =>
  fc.array(
    fc.record({
      at: fc.nat(MOST_BYTES),
      taken: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(60)),
      put: fc.oneof(
        fc.constantFrom(...PIECES),
        fc.uint8Array({ maxLength: 16 }),
        fc.constant(new Uint8Array()),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );

function changed(bytes: Buffer, made: readonly Change[]): Buffer {
  return made.reduce((file, { at, taken, put }) => {
    const from = at % (file.length + 1);
    return Buffer.concat([file.subarray(0, from), put, file.subarray(from + taken)]);
  }, bytes);
}

/**
 * Imports damaged copies of each fixture, and bytes of nothing: each is read with a summary that adds up, or refused in words.
 * @param holds tries a property on random input
 */
export async function readsOrRefuses(
  runs: number,
  holds: <T>(input: fc.Arbitrary<T>, runs: number, property: (value: T) => Promise<void>) => Promise<void>,
): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  const store = new SqliteStore(':memory:');
  const seen = { read: 0, refused: 0 };
  const names = readdirSync(FIXTURES);
  try {
    for (const name of names) {
      const bytes = readFileSync(join(FIXTURES, name));
      const file = join(folder, `fuzz${extname(name)}`);
      const tryOut = async (damaged: Uint8Array): Promise<void> => {
        writeFileSync(file, damaged);
        seen[(await isRead(store, file)) ? 'read' : 'refused']++;
      };
      await holds(changes(), runs, async (made) => tryOut(changed(bytes, made)));
      await holds(fc.uint8Array({ maxLength: 2000 }), Math.ceil(runs / 10), tryOut);
    }
    assert.equal(await store.summary(), undefined, 'what was only tried has left something');
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
  const inputs = seen.read + seen.refused;
  return {
    seen: `${inputs} files of ${names.length} kinds: ${seen.read} read, ${seen.refused} refused`,
    inputs,
  };
}

/** Whether a file is read as events, as far as an import goes without keeping them. */
async function isRead(store: SqliteStore, file: string): Promise<boolean> {
  const plan = {
    ...{ files: [file], format: null, columns: new Map<string, string>(), dates: null, dataset: null },
    ...{ isReplaced: false, isDry: true, rejectsFolder: null },
  };
  try {
    const [summary] = await importFiles(store, plan, () => {});
    assert.ok(summary);
    const { rows, added, changed: different, unchanged, setAside } = summary;
    assert.equal(added + different + unchanged + setAside, rows, 'the summary does not add up');
    assert.ok(summary.faults.length <= setAside);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
