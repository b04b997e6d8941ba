import { expect, test } from 'vitest';
import type { RecordKind, RecordRow } from '../server/store/store.ts';
import { generateAtlas } from './bench/generated-atlas.ts';
import { GeneratedStore } from './bench/generated-store.ts';
import { orderedColumns } from './ordered-columns.ts';
import { newLocation, opened, testedStores } from './stores.ts';

const EVENTS = 3000;

const KINDS: RecordKind[] = ['event', 'place', 'actor', 'source'];

test.each(testedStores())(
  'a generated store answers as %s does that the same atlas was put into',
  async (kind) => {
    const [kept, made] = [await opened(await newLocation(kind)), new GeneratedStore(EVENTS)];
    const atlas = generateAtlas(EVENTS);
    await kept.replace(atlas);
    expect(orderedColumns(await made.columns())).toEqual(orderedColumns(await kept.columns()));

    const idsOf = (records: { id: string }[]): string[] => [...records.map(({ id }) => id), 'nowhere', ''];
    const ids: Record<RecordKind, string[]> = {
      event: idsOf(atlas.events),
      place: idsOf(atlas.places),
      actor: idsOf(atlas.actors),
      source: idsOf(atlas.sources),
    };
    expect(await made.events(ids.event)).toEqual(await kept.events(ids.event));
    expect(await made.places(ids.place)).toEqual(await kept.places(ids.place));
    expect(await made.actors(ids.actor)).toEqual(await kept.actors(ids.actor));
    expect(await made.sources(ids.source)).toEqual(await kept.sources(ids.source));
    expect(await made.categories()).toEqual(await kept.categories());
    expect(await made.relationsTo(ids.event)).toEqual(await kept.relationsTo(ids.event));
    for (const kind of KINDS) {
      const keys = await kept.keys(kind, ids[kind]);
      expect(await made.keys(kind, ids[kind])).toEqual(keys);
      const all = [...keys.filter((key) => key !== undefined), 0, EVENTS + 1];
      // Events are listed by no name.
      const shown = (rows: (RecordRow | undefined)[]): unknown[] =>
        kind === 'event' ? rows.map((row) => row?.id) : rows;
      expect(shown(await made.rows(kind, all))).toEqual(shown(await kept.rows(kind, all)));
    }
    expect({ ...(await made.summary()), version: '' }).toEqual({ ...(await kept.summary()), version: '' });
    const word = String(EVENTS - 1).padStart(8, '0');
    for (const words of [[word], ['00003000'], ['talks'], ['event', 'talks']])
      expect(await made.search(words)).toEqual(await kept.search(words));
  },
);
