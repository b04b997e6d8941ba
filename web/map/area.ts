import type { MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlasUrl from 'world-atlas/countries-50m.json?url';
import { unwrapPolygons } from './antimeridian.ts';
import { type CountryRow, load, loadCountries } from './names.ts';

export type Atlas = Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;

let loading: Promise<[Atlas, CountryRow[]]> | undefined;

/** The world at 1:50 million and its countries, read once. */
export function loadWorld(): Promise<[Atlas, CountryRow[]]> {
  loading ??= Promise.all([load<Atlas>(atlasUrl), loadCountries()]);
  loading.catch(() => (loading = undefined));
  return loading;
}

/**
 * The outline of a country at 1:50 million, by ISO 3166-1 alpha-2 code (and XK for Kosovo). Longitudes are continuous
 * and may pass ±180. Undefined for a code without an outline at this scale, such as Tuvalu or French Guiana.
 */
export async function countryShape(code: string): Promise<MultiPolygon | undefined> {
  const [atlas, countries] = await loadWorld();
  const key = countries.find((row) => row[0] === code)?.[1];
  const found = feature(atlas, atlas.objects.countries as GeometryCollection<{ name: string }>).features.find(
    ({ id, properties }) => (id ?? properties.name) === key,
  );
  if (!found || key === undefined) return undefined;
  return { type: 'MultiPolygon', coordinates: unwrapPolygons(found.geometry as Polygon | MultiPolygon) };
}
