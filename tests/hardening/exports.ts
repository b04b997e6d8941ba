import { parse } from 'csv-parse/sync';
import assert from 'node:assert/strict';
import { hostileAtlas } from '../hostile-atlas.ts';
import { startImported } from './hostile-target.ts';
import type { Check } from './check.ts';

const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true });

/** What a spreadsheet would take for a formula, full-width forms included. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;
const NUMBERS = ['latitude', 'longitude', 'radius_km', 'claims'];

/** Files that others read: A5 and E3. */
export const EXPORTS: Check[] = [
  {
    id: 'A5',
    threat: 'files that other programs do not read as they are meant',
    run: async (server) => {
      const { data } = (await server.ask('{ events { totalCount } }')).json;
      const count: number = data.events.totalCount;
      const json = JSON.parse((await server.get('/export/events.geojson')).text);
      assert.equal(json.type, 'FeatureCollection');
      const ids = new Set<string>();
      for (const { type, id, geometry } of json.features) {
        assert.equal(type, 'Feature');
        ids.add(id);
        if (geometry === null) continue;
        const points: number[][] = geometry.type === 'Point' ? [geometry.coordinates] : geometry.coordinates;
        assert.ok(['Point', 'MultiPoint'].includes(geometry.type), geometry.type);
        for (const [lng = Number.NaN, lat = Number.NaN] of points)
          assert.ok(Math.abs(lng) <= 180 && Math.abs(lat) <= 90, `${lng}, ${lat}`);
      }
      assert.equal(ids.size, count, 'features are not as many as events');
      const rows = rowsOf((await server.get('/export/events.csv')).text);
      assert.equal(rows.length, count, 'rows are not as many as events');
      // East of 20 and north of 30: what is in Syria would not be, the wrong way round.
      const aleppo = rows.filter(({ place }) => place === 'Aleppo');
      assert.ok(aleppo.length > 0);
      for (const { longitude, latitude } of aleppo)
        assert.deepEqual([Math.round(Number(longitude)), Math.round(Number(latitude))], [37, 36]);
      return `${json.features.length} features and ${rows.length} rows of ${count} events`;
    },
  },
  {
    id: 'E3',
    threat: 'texts that a spreadsheet runs as formulas',
    run: async () => {
      const server = await startImported(hostileAtlas(), 'csv');
      try {
        const rows = rowsOf((await server.get('/export/events.csv')).text);
        let [cells, kept] = [0, 0];
        for (const row of rows)
          for (const [name, value] of Object.entries(row)) {
            if (NUMBERS.includes(name)) {
              assert.ok(value === '' || Number.isFinite(Number(value)), `${name}: ${value}`);
              continue;
            }
            assert.doesNotMatch(value, FORMULA, `${name}: ${value}`);
            cells++;
            if (value.startsWith("'")) kept++;
          }
        assert.ok(rows.some(({ latitude }) => Number(latitude) < 0) && kept > 0);
        const seen = `none in ${cells} cells of ${rows.length} rows; ${kept} were kept from it, numbers are numbers`;
        return { seen, inputs: cells };
      } finally {
        await server.stop('SIGKILL');
      }
    },
  },
];
