/**
 * English, and what every other language must have: the same keys, the same {slots}, and for what is counted a text for each
 * of its plural categories (`Intl.PluralRules`).
 */
export const en = {
  // Counts
  events: { one: '{count} event', other: '{count} events' },
  fromSources: { one: 'from {count} source', other: 'from {count} sources' },
  eventsInView: { one: '{count} event in view', other: '{count} events in view' },
  moreEvents: {
    one: 'Show {count} event not listed yet',
    other: 'Show more of {count} events not listed yet',
  },

  // The page
  language: 'Language',
  'panel.name': 'Events',
  'map.name': 'Map',
  timeline: 'Timeline',
  atlas: '{events} {sources}, {span}',
  back: 'Back',
  larger: 'Make the list larger',
  smaller: 'Make the list smaller',
  nothingHere: 'The atlas has nothing here.',
  showAll: 'Show the whole atlas',
  inDateOrder: '{events}, in date order',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  borders: 'Borders are no endorsement.',

  // Waiting and failing
  'reading.event': 'Reading the event…',
  'reading.events': 'Reading the events…',
  'reading.place': 'Reading the place…',
  'reading.source': 'Reading the source…',
  'unknown.event': 'The atlas has no event “{id}”. It may have been renamed.',
  'unknown.place': 'The atlas has no place “{id}”. It may have been renamed.',
  'unknown.source': 'The atlas has no source “{id}”. It may have been renamed.',
  'problem.unreachable': 'The server cannot be reached.',
  'problem.empty': 'The server answered without data.',
  retry: 'Try again',

  // Marks and the legend
  mark: '{place}, {events}',
  'mark.around': '{place}, {events}, with places around it',
  legend: 'Legend',
  'legend.planned': 'planned',
  'legend.disputed': 'sources differ',
  'legend.area': 'somewhere in this area',

  // Places
  around: '{place} and around',
  otherNames: 'Also',
  country: 'Country',
  region: 'Region',
  'region.wide': 'Region about {width} across',
  'role.SUBJECT': 'what it is about',
  'role.OCCURRED': 'where it happened',
  'role.PLANNED': 'where it is to be',
  'role.CANCELLED': 'where it was to be',
  'role.RETRACTED': 'where it was said to have happened',
  about: 'about {places}',
  here: 'here',
  thisPlace: 'this place',

  // Events
  'status.PLANNED': 'Planned',
  'status.CANCELLED': 'Cancelled',
  'status.RETRACTED': 'Retracted',
  disputed: 'Sources differ',
  where: 'Where',
  who: 'Who',
  related: 'Related',
  'relation.announces.TO': 'Announces',
  'relation.announces.FROM': 'Announced by',
  'relation.follows.TO': 'Follows',
  'relation.follows.FROM': 'Followed by',
  'relation.part of.TO': 'Part of',
  'relation.part of.FROM': 'Includes',
  'relation.responds to.TO': 'Responds to',
  'relation.responds to.FROM': 'Answered by',
  'relation.ends.TO': 'Ends',
  'relation.ends.FROM': 'Ended by',
  'relation.extends.TO': 'Extends',
  'relation.extends.FROM': 'Extended by',
  'relation.contradicts.TO': 'Contradicts',
  'relation.contradicts.FROM': 'Contradicted by',
  'relation.FROM': 'is what this {kind}',

  // Claims and sources
  whereSourcesDiffer: 'Where sources differ',
  sourcesDifferOn: 'Sources differ: {question}',
  whatEachSays: 'What each source says',
  noSource: 'No source is given.',
  saidIn: '{who}, in',
  'aspect.TIME': 'When',
  'aspect.PLACE': 'Where',
  'aspect.PARTICIPANTS': 'Who took part',
  'aspect.TOLL': 'Toll',
  'aspect.CAUSE': 'Why',
  'aspect.RESPONSIBILITY': 'Responsibility',
  'aspect.OUTCOME': 'What came of it',
  'aspect.STATUS': 'Whether it happened',
  'aspect.OTHER': 'Also said',
  'value.yes': 'yes',
  'value.no': 'no',
  'value.>': 'more than {number}',
  'value.>=': 'at least {number}',
  'value.<': 'fewer than {number}',
  'value.<=': 'at most {number}',
  'value.~': 'about {number}',
  source: 'Source',
  readSource: 'Read it where it was published',
  noAddress: 'No address is known for it.',
  unnamedPublisher: 'Unnamed publisher',
  paragraph: 'paragraph {number}',
  /** Between the parts of a line, such as publisher and date. */
  comma: ', ',

  // Dates. Those with a day have texts of their own, since some languages put an article before it.
  undated: 'undated',
  'date.about': 'about {date}',
  'date.about.day': 'about {date}',
  'date.between': 'between {from} and {to}',
  'date.between.day': 'between {from} and {to}',
  'date.from': 'from {date}',
  'date.from.day': 'from {date}',
  'date.until': 'until {date}',
  'date.until.day': 'until {date}',
  'date.by': 'by {date}',
  'date.span': '{from} – {to}',
  'date.uncertain': '{date}?',
  'season.21': 'spring {year}',
  'season.22': 'summer {year}',
  'season.23': 'autumn {year}',
  'season.24': 'winter {year}',
} as const;

/** A text for each plural category that a language has. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** All that a language must say. */
export type Translation = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : Plural;
};
