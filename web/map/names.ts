/** What the map can name: the generated lists of countries and cities (see `scripts/map-data.ts`). */
import citiesUrl from './generated/cities.json?url';
import moreCitiesUrl from './generated/cities-more.json?url';
import countriesUrl from './generated/countries.json?url';

/** ISO 3166-1 alpha-2 code, key in world-atlas, label point in degrees, area of the largest part in km². */
export type CountryRow = [code: string, key: string, lng: number, lat: number, area: number];

/** Columns of cities in the order of the zoom from which they are named; `capitals` holds row numbers. */
export interface Cities {
  name: string[];
  lng: number[];
  lat: number[];
  zoom: number[];
  capitals: Set<number>;
}

/** The countries, largest first. */
export const loadCountries = () => load<CountryRow[]>(countriesUrl);

/** The cities named up to zoom 6, or those above it. */
export async function loadCities(more: boolean): Promise<Cities> {
  type Columns = Omit<Cities, 'capitals'> & { capital: number[] };
  const { capital, ...columns } = await load<Columns>(more ? moreCitiesUrl : citiesUrl);
  return { ...columns, capitals: new Set(capital) };
}

/** A JSON file that was built with the page. */
export async function load<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`cannot load ${url}: ${response.status}`);
  return (await response.json()) as T;
}

/**
 * A country's name in a language: the shorter one where the long one is a formula ("Hong Kong SAR China"), and none in
 * brackets, save where they tell the two Congos apart.
 */
export function countryName(code: string, language: string): string {
  const style = ['HK', 'MO', 'PS', 'BA'].includes(code) ? 'short' : 'long';
  const name = new Intl.DisplayNames(language, { type: 'region', style }).of(code) ?? code;
  return code === 'CD' || code === 'CG' ? name.replace(' - ', '-') : name.replace(/ \(.*\)$/, '');
}
