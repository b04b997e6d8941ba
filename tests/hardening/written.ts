import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Atlas, Event } from '../../server/event.ts';
import { readWhen } from '../../server/time.ts';

/** An atlas that events are written into one by one. */
export const EMPTY: Atlas = {
  ...{
    id: 'written',
    title: 'Written',
    description: null,
    license: null,
    language: null,
    version: 'imported',
  },
  categories: [{ id: 'talk', label: 'Talk', names: [], color: '#a574d1' }],
  places: [
    {
      ...{ id: 'aleppo', name: 'Aleppo', names: [], country: 'SY', position: { lng: 37.16, lat: 36.2 } },
      ...{ precision: 'SETTLEMENT', radiusKm: null, geonamesId: null },
    },
  ],
  ...{ sources: [], actors: [], events: [] },
};

export const eventOf = (number: number): Event => ({
  ...{
    id: `event-${number}`,
    title: `Event ${number}`,
    summary: 'It was reported. '.repeat(20),
    category: 'talk',
  },
  ...{ status: 'OCCURRED', when: readWhen('2016-10-13'), placements: [{ place: 'aleppo', role: 'VENUE' }] },
  ...{ participants: [], claims: [], relations: [] },
});

/** Writes a table of events with numbers from `first` on. */
export function writeTable(file: string, first: number, count: number): void {
  const rows = Array.from({ length: count }, (_, at) => {
    const number = first + at;
    return `event-${number},Event ${number} of many,2016-05-${String(1 + (number % 28)).padStart(2, '0')},${number % 80},${number % 170},Place ${number % 500}`;
  });
  writeFileSync(file, `id,title,date,lat,lon,place\n${rows.join('\n')}\n`);
}

/** What a database file holds, read without the program: what SQLite finds wrong with it, and the events' numbers. */
export function readDatabase(file: string): { fault: string | null; numbers: number[] } {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    const found = String(db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']);
    const numbers = db
      .prepare('SELECT id FROM event')
      .all()
      .map(({ id }) => Number(String(id).replace(/\D+/g, '')));
    return { fault: found === 'ok' ? null : found, numbers: numbers.sort((a, b) => a - b) };
  } finally {
    db.close();
  }
}
