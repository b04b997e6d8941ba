import type { Category, Event } from '../event.ts';
import { addressOf, licenseLine, linesOf } from './description.ts';
import type { Batch, ExportFormat, Selection } from './format.ts';
import { inPieces } from './pieces.ts';
import { placesOf } from './record.ts';
import { element, htmlText, xmlText } from './xml.ts';

/** KML 2.2 (OGC 07-147r2): a Placemark per event, with its time. */
export const kml: ExportFormat = {
  name: 'kml',
  mediaType: 'application/vnd.google-earth.kml+xml',
  async *write(selection) {
    const { atlas } = selection;
    const about = [atlas.description, licenseLine(selection)].filter((line) => line !== null);
    const categories = await selection.categories();
    const numbers = new Map(categories.map(({ id }, at) => [id, at]));
    yield [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
      element('name', atlas.title) + html('description', about),
      ...categories.map(style),
      '',
    ].join('\n');
    for await (const batch of selection.batches())
      yield* inPieces(
        batch.events.map((event) => placemark(event, batch, selection, numbers.get(event.category) ?? 0)),
      );
    yield '</Document></kml>\n';
  },
};

function style({ color }: Category, at: number): string {
  const [, red = 'ff', green = 'ff', blue = 'ff'] = /^#(..)(..)(..)$/.exec(color) ?? [];
  return `<Style id="category-${at}"><IconStyle><color>${xmlText(`ff${blue}${green}${red}`)}</color></IconStyle></Style>`;
}

function placemark(event: Event, batch: Batch, selection: Selection, category: number): string {
  const points = placesOf(event, batch).map(
    ({ position: { lng, lat } }) => `<Point><coordinates>${lng},${lat}</coordinates></Point>`,
  );
  const data: [name: string, value: string | null][] = [
    ['id', event.id],
    ['category', batch.categories.get(event.category)?.label ?? event.category],
    ['status', event.status],
    ['date', event.when.edtf],
    ['link', addressOf(event, selection)],
  ];
  return [
    '<Placemark>',
    element('name', event.title),
    html('description', linesOf(event, batch)),
    timeOf(event),
    `<styleUrl>#category-${category}</styleUrl>`,
    `<ExtendedData>${data.map(([name, value]) => `<Data name="${name}">${element('value', value) || '<value/>'}</Data>`).join('')}</ExtendedData>`,
    points.length > 1 ? `<MultiGeometry>${points.join('')}</MultiGeometry>` : (points[0] ?? ''),
    '</Placemark>\n',
  ].join('');
}

/** Readers show descriptions as HTML. */
const html = (name: string, lines: readonly string[]): string =>
  element(name, lines.map(htmlText).join('<br>'));

/** A date written plainly is a moment of its precision, anything else a span; KML knows the years 1 to 9999. */
function timeOf({ when: { edtf, from, to } }: Event): string {
  if (/^(?!0000)\d{4}(?:-\d{2}){0,2}$/.test(edtf)) return `<TimeStamp><when>${edtf}</when></TimeStamp>`;
  const bounds = [from, to === null ? null : to - 1].map((moment) => {
    const text = moment === null ? '' : new Date(moment).toISOString();
    return /^(?!0000)\d{4}-/.test(text) ? text.replace('.000Z', 'Z') : null;
  });
  const [begin = null, end = null] = bounds;
  return begin === null && end === null
    ? ''
    : `<TimeSpan>${element('begin', begin)}${element('end', end)}</TimeSpan>`;
}
