import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Event } from '../../server/event.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { Chance } from '../random.ts';
import type { Check, Effort, Seen } from './check.ts';
import { newFolder } from './target.ts';
import { digestOf, type Opened, type State } from './torn-reader.ts';
import { EMPTY, eventOf } from './written.ts';

const READER = resolve(import.meta.dirname, 'torn-reader.ts');

/** In bytes. */
const PAGE = 4096;
const LOG_HEADER = 32;
const FRAME = 24 + PAGE;

/** Changes that are made: fewer than have SQLite begin the log anew, so that its length says what it holds. */
const CHANGES = 24;

/** How many files are torn. */
const TORN: Record<Effort, number> = { short: 60, usual: 600, full: 5000 };

/** How many are opened by a process, one after the other. */
const BATCH = 30;

/** A moment of a database that is written, and its files as they were then. */
interface Moment extends State {
  database: Buffer;
  log: Buffer;
}

/** A database that was written change by change. */
interface History {
  /** From before the first change on. */
  moments: Moment[];
  /** The database after all of the log was taken into it. */
  checkpointed: Buffer;
  /** The file of who holds the database: a process that does not come to its end leaves it. */
  hold: Buffer;
}

/** What a disk can have kept of it, and what must be read from that. */
interface Torn {
  what: string;
  database: Buffer;
  log: Buffer;
  /** The moment; null where it may be any, or be refused. */
  expected: Moment | null;
}

/** F2 as far as it is of what a disk has kept when the power was gone. */
export const TORN_FILES: Check[] = [
  {
    id: 'F2b',
    threat: 'files of a database that are cut off and torn',
    run: async (_, effort): Promise<Seen> => {
      const folder = newFolder();
      try {
        const history = await write(folder);
        const chance = new Chance(20161018);
        const count = TORN[effort];
        const seen = { exact: 0, known: 0, refused: 0 };
        for (let done = 0; done < count; done += BATCH) {
          const torn = Array.from({ length: Math.min(BATCH, count - done) }, () =>
            chance.one(WAYS)(history, chance),
          );
          const opened = await openAll(folder, history.hold, torn);
          for (const [at, each] of torn.entries()) seen[outcomeOf(each, opened[at], history)]++;
        }
        assert.ok(seen.exact > 0 && seen.refused > 0, JSON.stringify(seen));
        return {
          seen: `${count} torn files: ${seen.exact} opened as of the last change that was whole, ${seen.known} cut databases as of a change that was made, ${seen.refused} refused in a sentence`,
          faults: count,
        };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
];

/** Writes a database: events come, are changed and are taken away. */
async function write(folder: string): Promise<History> {
  const file = join(folder, 'atlas.sqlite');
  const first = new SqliteStore(file);
  await first.replace(EMPTY);
  await first.change({ events: [eventOf(0)] });
  await first.close();
  const store = new SqliteStore(file, 'server');
  const events = new Map<string, Event>([['event-0', eventOf(0)]]);
  const moments: Moment[] = [];
  const note = async (): Promise<void> => {
    const log = readFileSync(`${file}-wal`);
    assert.ok(log.length >= (moments.at(-1)?.log.length ?? 0), 'the log was begun anew');
    moments.push({
      ...{ version: await store.version(), events: digestOf([...events.values()]) },
      ...{ database: readFileSync(file), log },
    });
  };
  // Opened, the log is there and empty.
  await note();
  for (let change = 1; change <= CHANGES; change++) {
    const event = eventOf(change);
    const isOlder = change % 4 === 0;
    const put = isOlder ? { ...eventOf(change - 1), title: `Event ${change - 1}, as told anew` } : event;
    const removed = change % 7 === 0 ? [`event-${change - 2}`] : [];
    await store.change({ events: [put], removed });
    events.set(put.id, put);
    for (const id of removed) events.delete(id);
    await note();
  }
  const db = new DatabaseSync(file);
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  db.close();
  const history = { moments, checkpointed: readFileSync(file), hold: readFileSync(`${file}-server`) };
  assert.notDeepEqual(history.checkpointed, moments.at(-1)?.database, 'nothing came of the log');
  await store.close();
  return history;
}

/** Of a log of which so many bytes are whole, the last change that is. */
const wholeAt = ({ moments }: History, bytes: number): Moment =>
  moments.findLast(({ log }) => log.length <= bytes) ?? (moments[0] as Moment);

const last = ({ moments }: History): Moment => moments.at(-1) as Moment;

const rubbish = (chance: Chance, length: number): Buffer =>
  chance.is(0.5) ? Buffer.alloc(length) : Buffer.from(Array.from({ length }, () => chance.whole(0, 255)));

/** Ways in which a disk may have kept less than was written to it. */
const WAYS: readonly ((history: History, chance: Chance) => Torn)[] = [
  // The log is as long as it got, and the last page may be in part what was there before.
  (history, chance) => {
    const { database, log } = chance.one(history.moments);
    const cut = chance.whole(0, log.length);
    const tail = rubbish(chance, chance.is(0.5) ? Math.min(log.length - cut, PAGE) : 0);
    const written = Buffer.concat([log.subarray(0, cut), tail]);
    // What is put there may by chance be what was.
    const whole = firstDifference(written, log);
    return { what: `a log cut at ${cut}`, database, log: written, expected: wholeAt(history, whole) };
  },
  // Pages of the log were written in another order than they came, and one of them not.
  (history, chance) => {
    const { database, log } = chance.one(history.moments.slice(1));
    const frame = chance.whole(0, (log.length - LOG_HEADER) / FRAME - 1);
    const from = LOG_HEADER + frame * FRAME + chance.whole(0, FRAME - 512);
    const written = Buffer.from(log);
    rubbish(chance, 512).copy(written, from);
    const whole = firstDifference(written, log);
    return { what: `a log torn at ${from}`, database, log: written, expected: wholeAt(history, whole) };
  },
  // The log was being taken into the database.
  (history, chance) => {
    const { database, log } = last(history);
    const [before, after] = [database, history.checkpointed];
    const mixed = Buffer.from(after);
    for (let page = 0; page < after.length; page += PAGE) {
      const kept = chance.one([0, 512, PAGE / 2, PAGE]);
      if (page < before.length) before.copy(mixed, page, page, page + kept);
      else mixed.fill(0, page, page + kept);
    }
    const end = chance.whole(Math.min(before.length, after.length), after.length);
    return { what: 'a torn database', database: mixed.subarray(0, end), log, expected: last(history) };
  },
  // More is lost than a disk may lose: nothing says what must be there, only that it must not be wrong.
  (history, chance) => {
    const { log } = last(history);
    const database = history.checkpointed.subarray(0, chance.whole(1, history.checkpointed.length - 1));
    const kept = chance.is(0.5) ? Buffer.alloc(0) : log.subarray(0, chance.whole(0, log.length));
    return { what: `a database cut at ${database.length}`, database, log: kept, expected: null };
  },
];

function firstDifference(some: Buffer, other: Buffer): number {
  const length = Math.min(some.length, other.length);
  for (let at = 0; at < length; at++) if (some[at] !== other[at]) return at;
  return length;
}

/** Opens torn files, each in a folder of its own. */
async function openAll(folder: string, hold: Buffer, torn: readonly Torn[]): Promise<Opened[]> {
  const folders = torn.map(({ database, log }, at) => {
    const own = join(folder, String(at));
    mkdirSync(own);
    const file = join(own, 'atlas.sqlite');
    writeFileSync(file, database);
    writeFileSync(`${file}-wal`, log);
    writeFileSync(`${file}-server`, hold);
    return own;
  });
  const { stdout } = await promisify(execFile)(process.execPath, [READER, ...folders]);
  for (const each of folders) rmSync(each, { recursive: true });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Opened);
}

/** What came of one. @throws when it is not as it must be */
function outcomeOf(
  { what, expected }: Torn,
  opened: Opened | undefined,
  { moments }: History,
): 'exact' | 'known' | 'refused' {
  assert.ok(opened, `${what}: the process that opened it ended`);
  assert.ok(!('broken' in opened), `${what}: ${JSON.stringify(opened)}`);
  if ('refused' in opened) {
    assert.equal(expected, null, `${what} was refused: ${opened.refused}`);
    assert.match(opened.refused, /^(the database .* is damaged|cannot open the database ).*\. .*\.$/s);
    return 'refused';
  }
  if (expected) {
    assert.deepEqual(opened, { version: expected.version, events: expected.events }, what);
    return 'exact';
  }
  const isKnown = moments.some(
    ({ version, events }) => version === opened.version && events === opened.events,
  );
  assert.ok(isKnown, `${what} was opened as what it never was`);
  return 'known';
}
