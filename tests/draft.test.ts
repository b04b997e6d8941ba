import { expect, test } from 'vitest';
import { DraftBuilder, idOf } from '../server/import/draft.ts';

test('ids of things with one name are different ones, however many there are', () => {
  const count = 300_000;
  const ids = new Set(Array.from({ length: count }, (_, at) => idOf('event', 'Shelling', at)));
  expect(ids.size).toBe(count);
});

test('what is not given is another thing than a text that says so', () => {
  const sourceOf = (publisher: string | null): unknown => {
    const builder = new DraftBuilder();
    builder.source({ title: 'A report', publisher });
    return builder.draft({} as never).sources[0]?.publisher;
  };
  const placeOf = (country: string | null): unknown => {
    const builder = new DraftBuilder();
    builder.place({ name: 'Somewhere', position: { lng: 1, lat: 2 }, country });
    return builder.draft({} as never).places[0]?.country;
  };
  for (const of of [sourceOf, placeOf]) expect(['null', null, ''].map(of)).toEqual(['null', null, '']);
});
