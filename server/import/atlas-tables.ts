import type { TableSchema } from './table-schema.ts';

/** What an atlas cannot do without in each table of its data package: cells, unique ids, and records to refer to. */
export const ATLAS_TABLES: Readonly<Record<string, TableSchema>> = {
  categories: needs(['id', 'label', 'color']),
  category_names: needs(['category', 'language', 'name'], { category: 'categories' }),
  sources: needs(['id', 'title']),
  places: needs(['id', 'name', 'precision'], {}, { lng: 180, lat: 90 }),
  place_names: needs(['place', 'language', 'name'], { place: 'places' }),
  actors: needs(['id', 'name', 'kind'], { affiliation: 'actors' }),
  actor_names: needs(['actor', 'language', 'name'], { actor: 'actors' }),
  events: needs(['id', 'title', 'category', 'status'], { category: 'categories' }),
  placements: needs(['event', 'place', 'role'], { event: 'events', place: 'places' }),
  participants: needs(['event', 'actor'], { event: 'events', actor: 'actors' }),
  claims: needs(['id', 'event', 'aspect', 'statement', 'source'], { event: 'events', source: 'sources' }),
  relations: needs(['event', 'related', 'kind'], { event: 'events', related: 'events' }),
};

/** A schema: columns that must be filled, those that refer to other tables, and those with numbers up to a limit. */
function needs(
  filled: string[],
  references: Record<string, string> = {},
  limits: Record<string, number> = {},
): TableSchema {
  return {
    fields: [
      ...filled.map((name) => ({ name, constraints: { required: true, unique: name === 'id' } })),
      ...Object.entries(limits).map(([name, most]) => ({
        name,
        type: 'number',
        constraints: { required: true, minimum: -most, maximum: most },
      })),
    ],
    foreignKeys: Object.entries(references).map(([fields, resource]) => ({
      fields,
      reference: { resource, fields: 'id' },
    })),
  };
}
