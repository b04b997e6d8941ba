import type { Event } from '../event.ts';
import { addressOf, linesOf, publishedAt } from './description.ts';
import type { Batch, ExportFormat, Selection } from './format.ts';
import { inPieces } from './pieces.ts';
import { sourcesOf } from './record.ts';

/** JSON Feed 1.1 (jsonfeed.org/version/1.1), the newest first, an item on a line. */
export const jsonFeed: ExportFormat = {
  name: 'json-feed',
  mediaType: 'application/feed+json',
  async *write(selection) {
    const { id, title, description, language, license } = selection.atlas;
    const about = {
      version: 'https://jsonfeed.org/version/1.1',
      title,
      home_page_url: selection.home,
      ...(description !== null && { description }),
      ...(language !== null && { language }),
      _dateline: { id, license },
    };
    yield `${JSON.stringify(about).slice(0, -1)},"items":[`;
    let before = '\n';
    for await (const batch of selection.batches('WHEN_DESC')) {
      yield* inPieces(
        batch.events.map(
          (event, at) => `${at === 0 ? before : ',\n'}${JSON.stringify(itemOf(event, batch, selection))}`,
        ),
      );
      before = ',\n';
    }
    yield '\n]}\n';
  },
};

function itemOf(event: Event, batch: Batch, selection: Selection): object {
  const published = publishedAt(event, batch);
  const external = sourcesOf(event, batch).find(({ url }) => /^https?:/i.test(url ?? ''))?.url;
  return {
    id: `${selection.atlas.id}/${event.id}`,
    url: addressOf(event, selection),
    ...(external && { external_url: external }),
    title: event.title,
    content_text: linesOf(event, batch).join('\n'),
    ...(event.summary !== null && { summary: event.summary }),
    ...(published !== null && { date_published: new Date(published).toISOString() }),
    tags: [batch.categories.get(event.category)?.label ?? event.category],
  };
}
