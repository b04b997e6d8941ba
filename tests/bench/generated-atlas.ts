import type { Atlas, Claim, Event, Place } from '../../server/event.ts';
import type { When } from '../../server/time.ts';
import { degrees, generate, KINDS, UNDATED } from './generator.ts';

const ACTORS = 300;
const SOURCES = 200;

/** A generated atlas of so many events, up to a million: every fourth one with a claim, and some of those disputed. */
export function generateAtlas(events: number): Atlas {
  const columns = generate(events);
  const { x, y, starts, ends, kind, event, place } = columns;
  const placed: Event['placements'][] = Array.from({ length: events }, () => []);
  event.forEach((e, at) => {
    const placements = placed[e];
    const role = placements?.length === 0 ? 'VENUE' : 'SUBJECT';
    if (placements?.every((each) => each.place !== `place-${place[at]}`))
      placements.push({ place: `place-${place[at]}`, role });
  });
  return {
    id: 'generated',
    title: `${events} generated events`,
    description: null,
    license: null,
    version: '1',
    categories: several(KINDS, (at) => ({ id: `category-${at}`, label: `Category ${at}`, color: '#446688' })),
    sources: several(SOURCES, (at) => ({
      id: `source-${at}`,
      publisher: `Publisher ${at % 20}`,
      title: `Report ${at}`,
      publishedOn: '2020',
      language: 'en',
      url: null,
    })),
    places: several(x.length, (at): Place => ({
      id: `place-${at}`,
      name: `Town ${at}`,
      names: [],
      country: null,
      position: degrees((x[at] as number) + 0.5, (y[at] as number) + 0.5),
      precision: 'SETTLEMENT',
      radiusKm: null,
      geonamesId: null,
    })),
    actors: several(ACTORS, (at) => ({
      id: `actor-${at}`,
      name: `Actor ${at}`,
      names: [],
      kind: 'ORGANISATION',
      affiliation: null,
    })),
    events: several(events, (at): Event => ({
      id: `event-${at}`,
      title: `Event ${at}`,
      summary: null,
      category: `category-${kind[at]}`,
      status: at % 40 === 7 ? 'PLANNED' : 'OCCURRED',
      when: whenOf(starts[at] as number, ends[at] as number),
      placements: placed[at] ?? [],
      participants: at % 5 === 0 ? [{ actor: `actor-${at % ACTORS}`, role: null }] : [],
      claims: claimsOf(at),
      relations: [],
    })),
  };
}

const several = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

function claimsOf(event: number): Claim[] {
  if (event % 4 > 0) return [];
  return several(event % 32 === 0 ? 2 : 1, (nth) => ({
    id: `event-${event}-claim-${nth}`,
    event: `event-${event}`,
    aspect: 'TOLL',
    question: null,
    value: String(10 + nth),
    statement: `It was said that there were ${10 + nth}.`,
    source: `source-${(event / 4 + nth) % SOURCES}`,
    locator: null,
    attributedTo: null,
  }));
}

/** As the date would be read from EDTF, without the time that the grammar takes. */
function whenOf(start: number, end: number): When {
  if (start === UNDATED) return { edtf: '', from: null, to: null, precision: 'INTERVAL' };
  const [from, to] = [start * 60_000, end * 60_000];
  const written = (moment: number, letters: number): string =>
    new Date(moment).toISOString().slice(0, letters);
  if (end - start === 1) return { edtf: `${written(from, 16)}Z`, from, to, precision: 'MINUTE' };
  if (end - start === 1440) return { edtf: written(from, 10), from, to, precision: 'DAY' };
  const edtf = `${written(from, 10)}/${written(to - 1, 10)}`;
  return written(from, 10).endsWith('-01') && written(to, 10).endsWith('-01') && end - start <= 31 * 1440
    ? { edtf: written(from, 7), from, to, precision: 'MONTH' }
    : { edtf, from, to, precision: 'INTERVAL' };
}
