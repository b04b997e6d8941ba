import type { AtlasIndex } from '../atlas-index.ts';
import type { AtlasSummary } from '../store/store.ts';
import { licenseLine } from './description.ts';

/** The coordinate reference system of everything: WGS 84, longitude first. */
export const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';

const COLLECTION = 'events';

export interface Link {
  href: string;
  rel: string;
  type?: string;
  title?: string;
}

const link = (rel: string, href: string, title?: string, type = 'application/json'): Link => ({
  ...{ href, rel, type },
  ...(title !== undefined && { title }),
});

/** The type of the OpenAPI document. */
export const OPENAPI = 'application/vnd.oai.openapi+json;version=3.0';
export const GEOJSON = 'application/geo+json';

export const linkTo = {
  landing: (base: string): Link => link('self', base, 'this document'),
  items: (rel: string, href: string): Link => link(rel, href, undefined, GEOJSON),
  collection: (base: string): Link => link('collection', `${base}/collections/${COLLECTION}`),
};

/** Where everything is. @param base the address of the landing page, without a slash at its end */
export function landingPage(atlas: AtlasSummary, base: string): object {
  const { title, description } = atlas;
  return {
    ...{ title },
    description: [description, licenseLine({ atlas })].filter((line) => line !== null).join('\n'),
    links: [
      linkTo.landing(base),
      link('service-desc', `${base}/api`, 'the definition of this API', OPENAPI),
      link('conformance', `${base}/conformance`, 'what of OGC API – Features there is'),
      link('data', `${base}/collections`, 'the events'),
    ],
  };
}

export const CONFORMANCE = {
  conformsTo: ['core', 'oas30', 'geojson'].map(
    (part) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${part}`,
  ),
};

/** The only collection: all events. */
export function collection(atlas: AtlasSummary, base: string, index: AtlasIndex): object {
  const { title, description, license } = atlas;
  const self = `${base}/collections/${COLLECTION}`;
  const { during, bounds } = index;
  const isoOf = (moment: number | undefined): string | null =>
    moment === undefined || Math.abs(moment) === Infinity ? null : new Date(moment).toISOString();
  return {
    id: COLLECTION,
    title: `${title}: events`,
    description: [description, licenseLine({ atlas })].filter((line) => line !== null).join('\n'),
    itemType: 'feature',
    crs: [CRS84],
    extent: {
      spatial: { bbox: [bounds ?? [-180, -90, 180, 90]], crs: CRS84 },
      temporal: {
        interval: [[isoOf(during?.from), isoOf(during?.to)]],
        trs: 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian',
      },
    },
    links: [
      link('self', self),
      linkTo.items('items', `${self}/items`),
      ...(license !== null && /^https?:/.test(license) ? [link('license', license)] : []),
    ],
  };
}
