import type { Event } from '../event.ts';
import { addressOf, licenseLine, linesOf, publishedAt } from './description.ts';
import type { Batch, ExportFormat, Selection } from './format.ts';
import { inPieces } from './pieces.ts';
import { element, htmlText, xmlText } from './xml.ts';

/** RSS 2.0 (rssboard.org/rss-specification), the newest first. */
export const rss: ExportFormat = {
  name: 'rss',
  mediaType: 'application/rss+xml; charset=utf-8',
  async *write(selection) {
    const { title, description, language } = selection.atlas;
    yield [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<rss version="2.0"><channel>',
      element('title', title) +
        element('link', selection.home) +
        element('description', description ?? title),
      element('language', language) + element('copyright', licenseLine(selection)),
      '',
    ].join('\n');
    for await (const batch of selection.batches('WHEN_DESC'))
      yield* inPieces(batch.events.map((event) => itemOf(event, batch, selection)));
    yield '</channel></rss>\n';
  },
};

function itemOf(event: Event, batch: Batch, selection: Selection): string {
  const published = publishedAt(event, batch);
  return [
    '<item>',
    element('title', event.title),
    element('link', addressOf(event, selection)),
    `<guid isPermaLink="false">${xmlText(`${selection.atlas.id}/${event.id}`)}</guid>`,
    // Readers show descriptions as HTML.
    element('description', linesOf(event, batch).map(htmlText).join('<br>')),
    element('category', batch.categories.get(event.category)?.label ?? event.category),
    element('pubDate', published === null ? null : rfc822(published)),
    '</item>\n',
  ].join('');
}

/** As RFC 822 has it, which knows no years of other than four digits. */
export function rfc822(moment: number): string | null {
  const text = new Date(moment).toUTCString();
  return /^\w{3}, \d\d \w{3} \d{4} /.test(text) ? text.replace('GMT', '+0000') : null;
}
