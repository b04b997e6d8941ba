import type { ExportFormat } from './format.ts';
import { inPieces } from './pieces.ts';
import { recordText } from './record.ts';

/** One event per line with every record that it names; the first line is about the atlas. */
export const ndjson: ExportFormat = {
  name: 'ndjson',
  mediaType: 'application/x-ndjson; charset=utf-8',
  async *write(selection) {
    const { id, title, description, license, language } = selection.atlas;
    yield `${JSON.stringify({ dateline: { id, title, description, license, language } })}\n`;
    for await (const batch of selection.batches())
      yield* inPieces(batch.events.map((event) => `{${recordText(event, batch, true)}}\n`));
  },
};
