import type { Atlas } from '../server/event.ts';
import { readWhen } from '../server/time.ts';

/** Texts that some format could take for something else than a text. */
export const HOSTILE = [
  ...[
    '<script>alert(1)</script>',
    ']]><img src=x onerror=alert(1)>',
    '&lt;b&gt; & <b>',
    '" onload="alert(1)',
  ],
  ...[
    '=HYPERLINK("https://example.org/")',
    '+1',
    '-2',
    '@SUM(A1)',
    '\tTab',
    '\rReturn',
    "'=1",
    "''+1",
    '＝1',
    ' =1',
  ],
  ...[
    '"quoted", and; more \\ than: that',
    'two\nlines',
    'two\r\nlines',
    'BEGIN:VEVENT\r\nSUMMARY:x',
    '\u0001\u001f',
  ],
  ...[
    '\u2028\u2029',
    '\ufeffmark',
    'é'.repeat(200),
    '👩‍🚀'.repeat(40),
    '{"dateline":',
    ']}',
    '-',
    'n/a',
    'null',
    '#1',
  ],
];

const DATES = [
  ...[
    '',
    '2016-10-13',
    '2016-10',
    '2016',
    '2016-06~',
    '2016-10-13T12:30Z',
    '2016-09-12/2016-09-19',
    '2011-03/..',
  ],
  ...['/2016-05-09', '[2016-10-11..2016-10-13]', '-0044-03-15', 'Y-17000', '0000', '2016-21'],
];

/** An atlas with one of these texts in every text field of each record, and every kind of date. */
export function hostileAtlas(texts = HOSTILE): Atlas {
  const at = (number: number): string => texts[number % texts.length] as string;
  const names = (number: number): { language: string; name: string }[] => [
    { language: 'ar', name: at(number) },
    { language: 'en', name: at(number + 1) },
  ];
  const each = <T>(make: (text: string, number: number) => T): T[] => texts.map(make);
  return {
    ...{ id: 'hostile', title: texts.join(' '), description: texts.join(' '), license: at(0) },
    ...{ language: 'en', version: '1' },
    categories: each((text, number) => ({
      ...{ id: `category-${number}`, label: text, names: names(number), color: '#112233' },
    })),
    sources: each((text, number) => ({
      ...{ id: `source-${number}`, title: text, publisher: at(number + 1), publishedOn: '2016-10-13~' },
      ...{
        language: 'en',
        url: number % 2 ? 'javascript:alert(1)' : `https://example.org/?a=1&b="${number}`,
      },
    })),
    places: each((text, number) => ({
      ...{ id: `place-${number}`, name: text, names: names(number), country: number % 2 ? 'SY' : null },
      position: { lng: -179.5 + number, lat: -number },
      precision: 'REGION' as const,
      ...{ radiusKm: number, geonamesId: number % 2 ? number : null },
    })),
    actors: each((text, number) => ({
      ...{ id: `actor-${number}`, name: text, names: names(number), kind: 'PERSON' as const },
      affiliation: number > 0 ? `actor-${number - 1}` : null,
    })),
    events: each((text, number) => ({
      ...{ id: `event-${number}`, title: text, summary: at(number + 1), category: `category-${number}` },
      status: (['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const)[number % 4] ?? 'OCCURRED',
      when: readWhen(DATES[number % DATES.length] ?? ''),
      placements: Array.from({ length: number % 4 }, (_, nth) => ({
        ...{
          place: `place-${(number + nth) % texts.length}`,
          role: nth ? ('SUBJECT' as const) : ('VENUE' as const),
        },
      })),
      participants: [{ actor: `actor-${number}`, role: text }],
      claims: [1, 2].map((nth) => ({
        ...{
          id: `claim-${number}-${nth}`,
          event: `event-${number}`,
          aspect: 'OUTCOME' as const,
          question: text,
        },
        ...{
          value: `${nth}${text}`,
          statement: text,
          source: `source-${number}`,
          locator: text,
          attributedTo: text,
        },
      })),
      // To one further down, to one further up, and to itself.
      relations: [1, texts.length - 1, 0].map((far) => ({
        ...{ kind: 'is after', related: `event-${(number + far) % texts.length}` },
      })),
    })),
  };
}
