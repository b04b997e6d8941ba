import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { corroboration, type Atlas, type Name } from '../event.ts';
import { factsOf } from '../filter.ts';
import { boundsOf } from '../geo.ts';
import { foldedWords } from '../spelling.ts';

/** The place of undated events in a list: after all others. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Writes a whole atlas into empty tables; a reference to nothing throws. The transaction is the caller's. */
export function writeAtlas(db: DatabaseSync, atlas: Atlas): void {
  const keys = (records: { id: string }[]): Map<string, number> =>
    new Map(records.map(({ id }, index) => [id, index + 1]));
  const [categories, sources, places] = [keys(atlas.categories), keys(atlas.sources), keys(atlas.places)];
  const [actors, events] = [keys(atlas.actors), keys(atlas.events)];
  const key = (map: Map<string, number>, id: string): number => {
    const found = map.get(id);
    if (found === undefined) throw new Error(`no record "${id}" to refer to`);
    return found;
  };
  const insert = (table: string, columns: number): ((...values: SQLInputValue[]) => void) => {
    const statement = db.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`);
    return (...values) => void statement.run(...values);
  };
  const sortName = (name: string): string => foldedWords(name).join(' ');

  const category = insert('category', 4);
  for (const each of atlas.categories) category(key(categories, each.id), each.id, each.label, each.color);
  const source = insert('source', 8);
  for (const s of atlas.sources)
    source(
      key(sources, s.id),
      s.id,
      s.publisher,
      s.title,
      s.publishedOn,
      s.language,
      s.url,
      sortName(s.title),
    );
  const nameInserter = (table: string): ((owner: number, names: Name[]) => void) => {
    const name = insert(table, 4);
    return (owner, names) => names.forEach((each, at) => name(owner, at, each.language, each.name));
  };
  const [place, placeNames] = [insert('place', 10), nameInserter('place_name')];
  for (const p of atlas.places) {
    const { lng, lat } = p.position;
    const owner = key(places, p.id);
    place(owner, p.id, p.name, p.country, lng, lat, p.precision, p.radiusKm, p.geonamesId, sortName(p.name));
    placeNames(owner, p.names);
  }
  const [actor, actorNames] = [insert('actor', 6), nameInserter('actor_name')];
  for (const a of atlas.actors) {
    if (a.affiliation !== null) key(actors, a.affiliation);
    actor(key(actors, a.id), a.id, a.name, a.kind, a.affiliation, sortName(a.name));
    actorNames(key(actors, a.id), a.names);
  }

  const [event, text] = [insert('event', 13), insert('event_text (rowid, title, body)', 3)];
  const [placement, participant] = [insert('placement', 4), insert('participant', 4)];
  const [claim, relation] = [insert('claim', 10), insert('relation', 4)];
  const placesById = new Map(atlas.places.map((each) => [each.id, each]));
  const actorsById = new Map(atlas.actors.map((each) => [each.id, each]));
  for (const e of atlas.events) {
    const owner = key(events, e.id);
    const { edtf, from, to, precision } = e.when;
    const sort = from ?? to;
    const [ascending, descending] = sort === null ? [LAST, LAST] : [sort, -sort];
    const category = key(categories, e.category);
    const agreement = corroboration(e.claims);
    event(
      owner,
      e.id,
      e.title,
      e.summary,
      category,
      e.status,
      edtf,
      from,
      to,
      precision,
      agreement,
      ascending,
      descending,
    );
    const { titleWords, words } = factsOf(e, placesById, actorsById);
    text(owner, titleWords.join(' '), words.join(' '));
    e.placements.forEach((p, at) => placement(owner, at, key(places, p.place), p.role));
    e.participants.forEach((p, at) => participant(owner, at, key(actors, p.actor), p.role));
    e.claims.forEach((c, at) => {
      const from = key(sources, c.source);
      claim(owner, at, c.id, c.aspect, c.question, c.value, c.statement, from, c.locator, c.attributedTo);
    });
  }
  for (const e of atlas.events)
    e.relations.forEach((r, at) => relation(key(events, e.id), at, key(events, r.related), r.kind));

  const placedIds = new Set(atlas.events.flatMap((e) => e.placements.map((p) => p.place)));
  const bounds = boundsOf(atlas.places.filter(({ id }) => placedIds.has(id)).map(({ position }) => position));
  insert(
    'atlas',
    6,
  )(...[atlas.id, atlas.title, atlas.description, atlas.license, atlas.version, JSON.stringify(bounds)]);
}
