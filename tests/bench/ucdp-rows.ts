import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Chance } from '../random.ts';

/** The columns of UCDP GED 19.1 as it is published. */
const COLUMNS = [
  ...['id', 'year', 'active_year', 'type_of_violence', 'conflict_new_id', 'conflict_name', 'dyad_new_id'],
  ...['dyad_name', 'side_a_new_id', 'side_a', 'side_b_new_id', 'gwnob', 'side_b', 'number_of_sources'],
  ...['source_article', 'source_office', 'source_date', 'source_headline', 'source_original', 'where_prec'],
  ...['where_coordinates', 'adm_1', 'adm_2', 'latitude', 'longitude', 'geom_wkt', 'priogrid_gid', 'country'],
  ...['country_id', 'region', 'event_clarity', 'date_prec', 'date_start', 'date_end', 'deaths_a', 'deaths_b'],
  ...['deaths_civilians', 'deaths_unknown', 'low', 'best', 'high'],
];

const WORDS =
  'shells hit the town clashes continue around regime forces advance fighters killed yesterday people injured raid village countryside bombardment targets explosion checkpoint rebels government air strikes civilians including children members western eastern northern southern casualties reported after attack'.split(
    ' ',
  );

/** As many as in the Syrian rows of the dataset: so many places and pairs of sides for so many rows. */
const [PLACES, DYADS] = [2800, 120];
const TOGETHER = 1000;

/**
 * Writes a table shaped like UCDP's: as long rows (650 bytes), as many articles to a row (1.28, four fifths of them named once)
 * and as much that recurs, from a seed.
 */
export async function writeUcdpRows(file: string, rows: number): Promise<void> {
  const chance = new Chance(5);
  const headline = (): string =>
    Array.from({ length: chance.whole(8, 22) }, () => chance.one(WORDS)).join(' ');
  const places = Array.from({ length: PLACES }, (_, at) => ({
    name: `${chance.one(WORDS)} ${chance.one(WORDS)} ${at} town`,
    lat: (32 + chance.next() * 5).toFixed(6),
    lng: (36 + chance.next() * 6).toFixed(6),
    precision: chance.one(['1', '1', '2', '2', '3', '4', '5']),
  }));
  const sides = Array.from(
    { length: DYADS },
    (_, at) =>
      [at % 3 === 0 ? 'Government of Syria' : `Front ${at}`, `Army of ${chance.one(WORDS)} ${at}`] as const,
  );
  const recent: string[] = ['Shells hit, and nobody is killed'];
  const rowOf = (at: number): string => {
    const [place, [a, b]] = [chance.one(places), chance.one(sides)];
    const day = new Date(Date.UTC(2012, 0, 1 + Math.floor((at / rows) * 3650))).toISOString().slice(0, 10);
    const articles = Array.from({ length: chance.is(0.2) ? chance.whole(2, 3) : 1 }, () => {
      if (chance.is(0.2)) return chance.one(recent);
      const said = headline();
      recent[recent.length < 500 ? recent.length : at % 500] = said;
      return said;
    }).map((said) => `"SOHR,${day},${said}"`);
    const [low, more] = [chance.whole(0, 9), chance.whole(0, 3)];
    const values: Record<string, string | number> = {
      ...{
        id: 200_000 + at * 3,
        year: day.slice(0, 4),
        active_year: 1,
        type_of_violence: chance.whole(1, 3),
      },
      ...{ conflict_new_id: 299, conflict_name: 'Syria: Government', dyad_new_id: 11_973 },
      ...{ dyad_name: `${a} - ${b}`, side_a_new_id: 118, side_a: a, side_b_new_id: 4456, side_b: b },
      ...{ number_of_sources: articles.length, source_article: articles.join(';'), source_office: 'SOHR' },
      ...{
        source_date: day,
        source_headline: articles[0]?.split(',')[2]?.replace('"', '') ?? '',
        source_original: 'SOHR',
      },
      ...{ where_prec: place.precision, where_coordinates: place.name, adm_1: 'Idlib Governorate' },
      ...{ adm_2: 'Ar Rastan district', latitude: place.lat, longitude: place.lng },
      ...{ geom_wkt: `POINT (${place.lng} ${place.lat})`, priogrid_gid: 179_714, country: 'Syria' },
      ...{ country_id: 652, region: 'Middle East', event_clarity: 1, date_prec: 1, date_start: day },
      ...{ date_end: day, deaths_a: low, deaths_b: 0, deaths_civilians: more, deaths_unknown: 0 },
      ...{ low, best: low + more, high: low + 2 * more },
    };
    return COLUMNS.map((name) => quoted(String(values[name] ?? ''))).join(',');
  };
  function* pieces(): Generator<string> {
    yield `${COLUMNS.join(',')}\n`;
    for (let at = 0; at < rows; at += TOGETHER) {
      const count = Math.min(TOGETHER, rows - at);
      yield `${Array.from({ length: count }, (_, more) => rowOf(at + more)).join('\n')}\n`;
    }
  }
  await pipeline(Readable.from(pieces()), createWriteStream(file));
}

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
