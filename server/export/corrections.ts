import { differences, kindOfChange, type FieldChange } from '../event-differences.ts';
import type { AtlasSummary, EventChange, Store } from '../store/store.ts';
import { rfc822 } from './rss.ts';
import { element, htmlText, xmlText } from './xml.ts';

/** A feed has so many. */
const MOST = 100;

/** What was corrected, retracted or removed last, as RSS 2.0. @param home the address of the map, with a slash at its end */
export async function correctionsFeed(store: Store, atlas: AtlasSummary, home: string): Promise<string> {
  const { changes } = await store.log({
    ...{ after: null, before: null, from: 'END', limit: MOST, isCorrections: true },
  });
  const title = `Corrections: ${atlas.title}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rss version="2.0"><channel>',
    element('title', title) + element('link', `${home}corrections`) + element('description', title),
    ...changes.toReversed().map((change) => itemOf(change, atlas, home)),
    '</channel></rss>\n',
  ].join('\n');
}

const DONE = { ADDED: 'Added', CHANGED: 'Corrected', RETRACTED: 'Retracted', REMOVED: 'Removed' };

function itemOf({ set, key, id, before, after }: EventChange, atlas: AtlasSummary, home: string): string {
  const link = after ? `${home}?${new URLSearchParams({ event: id }).toString()}` : `${home}corrections`;
  const lines = [set.reason ?? '', ...(before && after ? differences(before, after).flatMap(lineOf) : [])];
  return [
    '<item>',
    element('title', `${DONE[kindOfChange(before, after)]}: ${(after ?? before)?.title ?? id}`),
    element('link', link),
    `<guid isPermaLink="false">${xmlText(`${atlas.id}/${set.number}/${key}`)}</guid>`,
    // Readers show descriptions as HTML.
    element('description', lines.filter(Boolean).map(htmlText).join('<br>')),
    element('pubDate', rfc822(set.at)),
    '</item>',
  ].join('');
}

/** What says something by itself: ids of places and actors do not. */
function lineOf({ field, before, after }: FieldChange): string[] {
  if (!['TITLE', 'SUMMARY', 'STATUS', 'WHEN', 'CLAIM'].includes(field)) return [];
  return [`${field.toLowerCase()}: ${before?.text ?? '–'} → ${after?.text ?? '–'}`];
}
