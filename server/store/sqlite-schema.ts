/**
 * Raised when the tables or what is derived into them (search words, sort keys) change, once a release has them as they are:
 * with a step in sqlite-migrations.ts from that release's, and its tables in tests/fixtures/schema.
 */
export const SCHEMA_VERSION = 7;

/** Marks an SQLite file as ours, "Date" in ASCII: no other is ever emptied. */
export const APPLICATION_ID = 0x44617465;

/**
 * Times are milliseconds since 1970 UTC; coordinates degrees; lists keep their order in `position`. A key is never given
 * twice, as the store's contract asks.
 */
const TABLES = `
CREATE TABLE atlas (
  id TEXT NOT NULL, title TEXT NOT NULL, description TEXT, license TEXT, language TEXT,
  version TEXT NOT NULL,
  since INTEGER NOT NULL  -- the number of the change that put that version in
) STRICT;

CREATE TABLE dataset (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- The events that the last release of a dataset had, by their ids.
CREATE TABLE release (
  dataset INTEGER NOT NULL REFERENCES dataset, event TEXT NOT NULL, PRIMARY KEY (dataset, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE category (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
  names TEXT NOT NULL,  -- JSON: nearly every request reads all of them, and none searches them
  color TEXT NOT NULL
) STRICT;

CREATE TABLE source (
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, publisher TEXT, title TEXT NOT NULL, published_on TEXT,
  language TEXT, url TEXT,
  sort_name TEXT NOT NULL  -- folded words
) STRICT;

CREATE TABLE place (
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, name TEXT NOT NULL, country TEXT, lng REAL NOT NULL,
  lat REAL NOT NULL, precision TEXT NOT NULL, radius_km REAL, geonames_id INTEGER, sort_name TEXT NOT NULL
) STRICT;

CREATE TABLE place_name (
  owner INTEGER NOT NULL REFERENCES place, position INTEGER NOT NULL, language TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (owner, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE actor (
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, affiliation TEXT,
  sort_name TEXT NOT NULL
) STRICT;

CREATE TABLE actor_name (
  owner INTEGER NOT NULL REFERENCES actor, position INTEGER NOT NULL, language TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (owner, position)
) STRICT, WITHOUT ROWID;

-- What an index is made of; all else that an event is, is its record.
CREATE TABLE event (
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, category INTEGER NOT NULL REFERENCES category,
  status TEXT NOT NULL, starts INTEGER, ends INTEGER, corroboration TEXT NOT NULL,
  sort INTEGER NOT NULL,  -- undated events last
  since INTEGER NOT NULL  -- the number of the change that made it what it is
) STRICT;

-- An event is read and written as one thing, so it is kept as one: its record, as prepared-event.ts has it. The tables below
-- say by keys what it names.
CREATE TABLE record (event INTEGER PRIMARY KEY REFERENCES event, record TEXT NOT NULL) STRICT;

-- Which events of a block of keys name a node, numbered by nodeRow, as sqlite-postings.ts has it. Those that are about a place,
-- and did not happen there, are marked.
CREATE TABLE naming (
  block INTEGER NOT NULL, node INTEGER NOT NULL, keys BLOB NOT NULL, PRIMARY KEY (block, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE relation (
  event INTEGER NOT NULL REFERENCES event, position INTEGER NOT NULL, related INTEGER NOT NULL REFERENCES event,
  kind TEXT NOT NULL, PRIMARY KEY (event, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_related ON relation (related);

-- Which events of a block of keys have a folded word, in the same way; those with it in their title are marked.
CREATE TABLE event_word (
  block INTEGER NOT NULL, word TEXT NOT NULL, keys BLOB NOT NULL, PRIMARY KEY (block, word)
) STRICT, WITHOUT ROWID;

-- The same of all names of a node, which are numbered by nodeRow.
CREATE TABLE node_word (
  block INTEGER NOT NULL, word TEXT NOT NULL, keys BLOB NOT NULL, PRIMARY KEY (block, word)
) STRICT, WITHOUT ROWID;
`;

/** What stays when the atlas is replaced. */
export const LASTING_SCHEMA = `
-- The log: a row for every write since there is a database. Stamps are random: a copy of the file that goes another way is told
-- apart.
CREATE TABLE IF NOT EXISTS change (
  number INTEGER PRIMARY KEY, stamp TEXT NOT NULL, at INTEGER NOT NULL, origin TEXT NOT NULL, reason TEXT, dataset TEXT,
  token TEXT,
  last_event INTEGER NOT NULL,  -- the highest key that had been given to an event by its end
  added INTEGER NOT NULL, overwritten INTEGER NOT NULL  -- how many events
) STRICT;

-- Keys that are gone and since which change, with the record as it was, where it is not the same under another key; and of
-- events since which change they had been so.
CREATE TABLE IF NOT EXISTS gone (
  kind TEXT NOT NULL, key INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, record TEXT, since INTEGER,
  PRIMARY KEY (kind, key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gone_number ON gone (number, key);
CREATE INDEX IF NOT EXISTS gone_id ON gone (id);

CREATE TABLE IF NOT EXISTS desk (
  kind TEXT NOT NULL, id TEXT NOT NULL,
  value TEXT NOT NULL,  -- JSON
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
`;

/** The indexes, by name, which are quicker made of rows that are there than kept up with each row of many. */
export const INDEXES: Record<string, string> = {
  source_id: 'UNIQUE INDEX source_id ON source (id)',
  place_id: 'UNIQUE INDEX place_id ON place (id)',
  actor_id: 'UNIQUE INDEX actor_id ON actor (id)',
  event_id: 'UNIQUE INDEX event_id ON event (id)',
  event_sort: 'INDEX event_sort ON event (sort, id)',
};

/** All of them. */
export const SCHEMA = `${TABLES}${Object.values(INDEXES)
  .map((index) => `CREATE ${index};\n`)
  .join('')}`;
