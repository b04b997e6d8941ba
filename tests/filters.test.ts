import { expect, test } from 'vitest';
import { NO_FILTER, questionOf, type Filter } from '../web/filter.ts';
import { facetsQuestion, isNamed } from '../web/filters/facets.ts';
import { EventCountDocument, FacetsDocument, NameDocument } from '../web/queries.generated.ts';
import type { Box } from '../web/view.ts';
import { Chance } from './random.ts';
import { TestServer } from './server.ts';

const server = new TestServer();
const WORLD: Box = [-180, -90, 180, 90];
const MOST = { actors: 9, places: 4, sources: 9 };

const ask = (document: { toString(): string }, variables: object) =>
  server.data(document.toString(), variables);
const countOf = async (filter: Filter, box: Box): Promise<number> =>
  (await ask(EventCountDocument, { filter: questionOf(filter, box) })).facets.total;

test('the count of a value is of what choosing it alone would show, whatever else is asked for', async () => {
  const chance = new Chance(3);
  const one = <T>(...of: T[]): T[] => (chance.is(0.7) ? [] : [chance.one(of)]);
  for (let round = 0; round < 12; round++) {
    const box = chance.one<Box>([WORLD, [30, 30, 45, 40], [0, 40, 60, 60]]);
    const filter: Filter = {
      ...NO_FILTER,
      from: chance.is(0.5) ? null : Date.UTC(2016, chance.whole(0, 9), 1),
      categories: one('meeting', 'call', 'fighting'),
      actors: one('iran', 'russia'),
      places: one('aleppo', 'moscow', 'syria'),
      roles: one<Filter['roles'][number]>('VENUE', 'SUBJECT'),
      statuses: one<Filter['statuses'][number]>('OCCURRED', 'PLANNED'),
      corroboration: one<Filter['corroboration'][number]>('DISPUTED', 'SINGLE_SOURCE'),
    };
    const facets = await ask(FacetsDocument, facetsQuestion(filter, box, MOST, 'en'));
    const told: [Partial<Filter>, number][] = [
      ...facets.byCategory.categories.map((each: any) => [{ categories: [each.category.id] }, each.count]),
      ...facets.byActor.actors.map((each: any) => [{ actors: [each.actor.id] }, each.count]),
      ...facets.byPlace.places.map((each: any) => [{ places: [each.place.id] }, each.count]),
      ...facets.bySource.sources.map((each: any) => [{ sources: [each.source.id] }, each.count]),
      ...facets.byStatus.statuses.map((each: any) => [{ statuses: [each.status] }, each.count]),
      ...facets.byCorroboration.corroboration.map((each: any) => [
        { corroboration: [each.corroboration] },
        each.count,
      ]),
      ...facets.byRole.roles.map((each: any) => [{ roles: [each.role] }, each.count]),
      [{ isUndated: true }, facets.undated.total],
      [{ isUnplaced: true }, facets.unplaced.total],
    ];
    for (const [parts, count] of told)
      expect([parts, await countOf({ ...filter, ...parts }, box)]).toEqual([parts, count]);
  }
});

test('what has no place is counted whatever the view', async () => {
  const pacific: Box = [-150, -40, -140, -30];
  const { unplaced, undated } = await ask(FacetsDocument, facetsQuestion(NO_FILTER, pacific, MOST, 'en'));
  expect([unplaced.total, undated.total]).toEqual([1, 0]);
});

test('each is named in the language that is read, and what the atlas does not have is none', async () => {
  const nameOf = async (id: string, language: string) => (await ask(NameDocument, { id, language })).node;
  expect(await nameOf('aleppo', 'ar')).toEqual({ name: 'حلب' });
  expect(await nameOf('iran', 'fa')).toEqual({ name: 'ایران' });
  expect(await nameOf('ifp-2017-01-13', 'ru')).toEqual({ title: expect.any(String) });
  expect(await nameOf('nobody', 'en')).toBeNull();
});

test.each([
  ['Ahmet Yıldız', 'yıl', true],
  ['Ahmet Davutoğlu', 'davutoglu', true],
  ['Genève', ' geneve ', true],
  ['دير الزور', 'الزور', true],
  ['Iran', 'iraq', false],
  ['Iran', '', true],
])('in %s the letters %o are found: %s', (name, typed, isFound) => {
  expect(isNamed(name, typed)).toBe(isFound);
});
