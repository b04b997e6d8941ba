import type { PoolClient } from 'pg';
import { InputError } from '../input-error.ts';
import type { Ask } from './postgres-records.ts';

/** Whoever writes holds this lock of the database until the transaction ends: "Date" in ASCII. */
export const WRITE_LOCK = 0x44617465;

/** The table that says which events name a node. */
export const NAMED_IN = { place: 'placement', actor: 'participant', source: 'claim' } as const;

/** What is told when something was written, with its sequence. */
export const CHANNEL = 'dateline';

/**
 * The schema of each version, as it was made of the one before. A step that has been in a release is never edited.
 *
 * All tables are in a schema of their own, so that a database can hold other things too, and statements name it: no session is
 * changed, and PgBouncer may hand any connection to anyone. Texts are compared by bytes, as SQLite does. Times of events are
 * milliseconds since 1970 UTC; coordinates degrees; lists keep their order in `position`. Keys are given by who writes, one
 * after the other, and none twice. A record is one text, JSON, and beside it stands what is looked for and what an index knows:
 * so no character that people write is one that PostgreSQL refuses.
 *
 * Rows of an event have its key first, so that Citus can distribute them by it; what it names are small tables that every
 * node can have. Whoever writes sees to it that what is named is there.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE dateline.atlas (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  head text NOT NULL, version text NOT NULL,
  since bigint NOT NULL  -- the number of the change that put it in
);

-- The log: a row for every write since there is a database, with the highest keys that had been given by its end and how many
-- events it added and overwrote. Stamps are random: a copy of the database that goes another way is told apart.
CREATE TABLE dateline.change (
  number bigint PRIMARY KEY, stamp text NOT NULL, at bigint NOT NULL, origin text NOT NULL, reason text, dataset text,
  token text, last_event bigint NOT NULL, last_place bigint NOT NULL, last_actor bigint NOT NULL,
  last_source bigint NOT NULL, added bigint NOT NULL, overwritten bigint NOT NULL
);

-- Keys that are gone and since which change, with the record as it was, where it is not the same under another key; and of
-- events since which change they had been so.
CREATE TABLE dateline.gone (
  kind text NOT NULL, key bigint NOT NULL, number bigint NOT NULL, id text COLLATE "C" NOT NULL, record text, since bigint,
  PRIMARY KEY (kind, key, number)
);
CREATE INDEX gone_number ON dateline.gone (number, key);
CREATE INDEX gone_id ON dateline.gone (id);

-- The events that the last release of a dataset had, by their ids.
CREATE TABLE dateline.release (
  dataset text COLLATE "C" NOT NULL, event text COLLATE "C" NOT NULL, PRIMARY KEY (dataset, event)
);

CREATE TABLE dateline.category (key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, record text NOT NULL);

-- Sorted by the folded words of their names.
CREATE TABLE dateline.source (
  key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, record text NOT NULL, sort_name text COLLATE "C" NOT NULL
);
CREATE TABLE dateline.actor (
  key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, record text NOT NULL, sort_name text COLLATE "C" NOT NULL
);
CREATE TABLE dateline.place (
  key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, record text NOT NULL, sort_name text COLLATE "C" NOT NULL,
  lng double precision NOT NULL, lat double precision NOT NULL
);

-- Numbered by nodeRow.
CREATE TABLE dateline.node_text (node bigint PRIMARY KEY, words tsvector NOT NULL);
CREATE INDEX node_text_words ON dateline.node_text USING gin (words);

CREATE TABLE dateline.event (
  key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL, record text NOT NULL, category bigint NOT NULL, status text NOT NULL,
  corroboration text NOT NULL, starts bigint, ends bigint,
  sort bigint NOT NULL,  -- undated events last
  since bigint NOT NULL  -- the number of the change that made it what it is
);
CREATE UNIQUE INDEX event_id ON dateline.event (id);

CREATE TABLE dateline.placement (
  event bigint NOT NULL, position integer NOT NULL, place bigint NOT NULL, role text NOT NULL,
  PRIMARY KEY (event, position)
);
CREATE INDEX placement_place ON dateline.placement (place);

CREATE TABLE dateline.participant (event bigint NOT NULL, actor bigint NOT NULL, PRIMARY KEY (event, actor));
CREATE INDEX participant_actor ON dateline.participant (actor);

CREATE TABLE dateline.claim (event bigint NOT NULL, source bigint NOT NULL, PRIMARY KEY (event, source));
CREATE INDEX claim_source ON dateline.claim (source);

CREATE TABLE dateline.relation (
  event bigint NOT NULL, position integer NOT NULL, related text COLLATE "C" NOT NULL, kind text NOT NULL,
  PRIMARY KEY (event, position)
);
CREATE INDEX relation_related ON dateline.relation (related);

-- Folded words; those of the title have the weight A.
CREATE TABLE dateline.event_text (event bigint PRIMARY KEY, words tsvector NOT NULL);
CREATE INDEX event_text_words ON dateline.event_text USING gin (words);

-- What those who write the atlas keep beside it: JSON. It stays when the atlas is replaced.
CREATE TABLE dateline.desk (
  kind text NOT NULL, id text COLLATE "C" NOT NULL, value text NOT NULL, PRIMARY KEY (kind, id)
);
`,
];

/**
 * Brings the tables to this program's version, one program at a time; a step is there as a whole or not at all. The
 * transaction is the caller's.
 * @throws InputError where the database is of a newer program
 */
export async function migrate(client: PoolClient): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${WRITE_LOCK})`);
  const version = await schemaVersion(async (sql) => (await client.query(sql)).rows);
  if (version > MIGRATIONS.length) throw newer(version);
  if (version === 0)
    await client.query(
      'CREATE SCHEMA dateline; CREATE TABLE dateline.version (version integer NOT NULL); INSERT INTO dateline.version VALUES (0)',
    );
  for (const step of MIGRATIONS.slice(version)) await client.query(step);
  await client.query(`UPDATE dateline.version SET version = ${MIGRATIONS.length}`);
}

/** @throws InputError where the tables are not those of this program, and this one may only read */
export async function checkVersion(ask: Ask): Promise<void> {
  const version = await schemaVersion(ask);
  if (version > MIGRATIONS.length) throw newer(version);
  if (version < MIGRATIONS.length)
    throw new InputError(
      `its tables are of version ${version}, and this program needs ${MIGRATIONS.length}. Start the program on the primary database first.`,
    );
}

/** 0 where there are no tables of ours. */
export async function schemaVersion(ask: Ask): Promise<number> {
  // Read from the catalogue: what a name stood for before this transaction waited for another is remembered.
  const [table] = await ask(
    "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'dateline' AND c.relname = 'version'",
  );
  if (!table) return 0;
  const [row] = await ask<{ version: number }>('SELECT version FROM dateline.version');
  return row?.version ?? 0;
}

const newer = (version: number): InputError =>
  new InputError(
    `its tables are of version ${version}, and this program knows ${MIGRATIONS.length}. Use the newer program, or name another database.`,
  );
