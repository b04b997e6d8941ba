import { appendFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { batchesApart } from '../server/import/batch-reader.ts';
import { batchesOf, type Batch } from '../server/import/batches.ts';
import { importFiles } from '../server/import/importer.ts';
import { openFile } from '../server/import/input.ts';
import { Packer, Unpacker } from '../server/import/packed-batch.ts';
import { formatOf, headOf } from '../server/import/recognise.ts';
import { preparedEvent } from '../server/store/prepared-event.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { writeUcdpRows } from './bench/ucdp-rows.ts';
import { randomAtlas } from './random-atlas.ts';
import { Chance } from './random.ts';
import { tempFolder } from './temp.ts';

const OPTIONS = { columns: new Map<string, string>(), dates: null };

/** A table of several batches, too large to be read here, of which the last rows are a repeated one and one without an id. */
async function largeTable(): Promise<string> {
  const file = join(tempFolder(), 'large.csv');
  await writeUcdpRows(file, 2100);
  const [, first = ''] = readFileSync(file, 'utf8').split('\n');
  appendFileSync(file, `${first}\n${first.replace(/^\d+/, '')}\n`);
  return file;
}

/** Each batch as it is, with the values of the row of its last event. */
async function all(batches: AsyncIterable<Batch>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { load, lines, faults, valuesOf } of batches)
    found.push({ load, lines, faults, values: { ...(await valuesOf(load.events.length - 1)) } });
  return found;
}

test('batches come out as they were packed', () => {
  const [chance, packer, unpacker] = [new Chance(3), new Packer(), new Unpacker()];
  const byId = <T extends { id: string }>(records: T[]): Map<string, T> =>
    new Map(records.map((each) => [each.id, each]));
  for (let round = 0; round < 3; round++) {
    const atlas = randomAtlas(chance, { categories: 3, sources: 5, places: 5, actors: 5, events: 60 });
    const { categories, sources, places, actors } = atlas;
    const events = atlas.events.map((event) => preparedEvent(event, byId(places), byId(actors)));
    expect(events.some(({ relations }) => relations.length > 0)).toBe(true);
    expect(events.some(({ from }) => from === null)).toBe(true);
    const batch = { categories, sources, places, actors, events };
    expect(unpacker.unpack(structuredClone(packer.pack(batch)))).toEqual(batch);
  }
});

test('texts are numbered anew when there are many, and mean the same', () => {
  const [packer, unpacker] = [new Packer(), new Unpacker()];
  const nodes = { categories: [], sources: [], places: [], actors: [] };
  const [event] = randomAtlas(new Chance(3), {
    ...{ categories: 1, sources: 1, places: 0, actors: 0, events: 1 },
  }).events.map((each) => preparedEvent(each, new Map(), new Map()));
  if (!event) throw new Error('no event');
  const sent = Array.from({ length: 4 }, (_, round) => {
    const otherWords = Array.from({ length: 60_000 }, (__, at) => `word${round * 40_000 + at}`);
    const batch = { ...nodes, events: [{ ...event, otherWords }] };
    const packed = packer.pack(batch);
    expect(unpacker.unpack(structuredClone(packed))).toEqual(batch);
    return packed.isAnew;
  });
  expect(sent).toEqual([false, false, true, false]);
});

test('the same batches come from another thread as from this one', async () => {
  const head = headOf(await openFile(await largeTable(), 'large.csv'));
  const format = formatOf(head, null);
  let stored = 0;
  const options = { ...OPTIONS, onRead: (bytes: number): number => (stored += bytes) };
  const apart = await all(batchesApart(head, format, options));
  expect(stored).toBe(head.input.size);
  expect(apart.length).toBeGreaterThan(2);
  expect(apart).toEqual(await all(batchesOf(format.read(head, OPTIONS))));
});

test('of a large table too the row that repeats an id is set aside, with its values', async () => {
  const [file, folder] = [await largeTable(), tempFolder()];
  const store = new SqliteStore(':memory:');
  onTestFinished(() => store.close());
  const plan = { files: [file], format: null, ...OPTIONS, dataset: null, isReplaced: false, isDry: false };
  const [summary] = await importFiles(store, { ...plan, rejectsFolder: folder }, () => {});
  expect(summary).toMatchObject({ rows: 2102, added: 2100, setAside: 2 });
  const rejects = readFileSync(resolve(folder, summary?.rejects ?? ''), 'utf8').split('\r\n');
  expect(rejects[1]).toMatch(/^2102,id,ucdp-200000,its id stands on an earlier line too,200000,2012,/);
  expect(rejects[2]).toMatch(/^2103,id,,an event without an id,,2012,/);
});

test('what is wrong with a file is said by the thread that reads it, and nobody need read to the end', async () => {
  const file = await largeTable();
  appendFileSync(file, '"never closed');
  const head = headOf(await openFile(file, 'large.csv'));
  const format = formatOf(head, null);
  await expect(all(batchesApart(head, format, OPTIONS))).rejects.toThrow(
    'large.csv is no table from line 2104 on',
  );
  for await (const { lines } of batchesApart(head, format, OPTIONS)) {
    expect(lines[0]).toBe(2);
    break;
  }
});
