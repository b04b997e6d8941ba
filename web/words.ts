import { AskError } from './api.ts';
import { Dates } from './dates.ts';
import { directionOf, localeOf, type Language } from './languages.ts';
import type {
  ClaimAspect,
  EventStatus,
  MarkFragment,
  PlaceDetailQuery,
  PlacementRole,
  RowFragment,
} from './queries.generated.ts';
import type { en, Plural, Translation } from './translations/en.ts';

/** The names in braces in a text, and so what it must be given. */
type Slots<Text> = Text extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;
type Text<Key extends keyof Translation> = (typeof en)[Key] extends { other: infer Other }
  ? Other
  : (typeof en)[Key];
type Values<Key extends keyof Translation> = [Slots<Text<Key>>] extends [never]
  ? []
  : [values: Record<Slots<Text<Key>>, string>];
/** What is counted. */
type PluralKey = {
  [Key in keyof Translation]: Translation[Key] extends Plural ? Key : never;
}[keyof Translation];

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;
const LEFT_TO_RIGHT = /[^\P{L}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;
/** First strong isolate and pop directional isolate, of the Unicode Bidirectional Algorithm (UAX 9). */
const [ISOLATE, END_OF_ISOLATE] = ['\u2068', '\u2069'];

/**
 * The page in one language: every word of the interface, and all that is written around what the atlas says. What the atlas
 * says itself stays as it is written.
 */
export class Words {
  readonly language: Language;
  readonly direction: 'ltr' | 'rtl';
  readonly #texts: Translation;
  readonly #dates: Dates;
  readonly #numbers: Intl.NumberFormat;
  readonly #shortNumbers: Intl.NumberFormat;
  readonly #kilometres: Intl.NumberFormat;
  readonly #plurals: Intl.PluralRules;
  readonly #lists: Intl.ListFormat;
  readonly #countries: Intl.DisplayNames;

  constructor(language: Language, texts: Translation) {
    const locale = localeOf(language);
    this.language = language;
    this.direction = directionOf(language);
    this.#texts = texts;
    this.#dates = new Dates(locale, this.say);
    this.#numbers = new Intl.NumberFormat(locale);
    this.#shortNumbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    this.#kilometres = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilometer' });
    this.#plurals = new Intl.PluralRules(locale);
    this.#lists = new Intl.ListFormat(locale);
    this.#countries = new Intl.DisplayNames(locale, { type: 'region' });
  }

  /** A text, with its slots filled. */
  readonly say = <Key extends Exclude<keyof Translation, PluralKey>>(
    key: Key,
    ...values: Values<Key>
  ): string => this.#fill(this.#texts[key] as string, values[0]);

  /** So many of something, in the plural that the number takes. */
  count(key: PluralKey, number: number): string {
    const texts = this.#texts[key];
    const text = texts[this.#plurals.select(number)] ?? texts.other;
    return this.#fill(text, { count: this.number(number) });
  }

  #fill(text: string, values: Record<string, string> | undefined): string {
    return text.replaceAll(/\{(\w+)\}/g, (_, slot: string) => this.#isolated(values?.[slot] ?? ''));
  }

  /** What runs the other way is kept from drawing its neighbours with it. */
  #isolated(text: string): string {
    const other = this.direction === 'ltr' ? RIGHT_TO_LEFT : LEFT_TO_RIGHT;
    return other.test(text) && !text.includes(ISOLATE) ? ISOLATE + text + END_OF_ISOLATE : text;
  }

  number(number: number): string {
    return this.#numbers.format(number);
  }

  /** A count in at most four characters: 987, 1.2k, 34k, 5.6M. */
  shortNumber(number: number): string {
    if (number < 1000) return this.number(number);
    const [size, unit] = number < 1_000_000 ? [1000, 'k'] : [1_000_000, 'M'];
    const value = number / size;
    return this.#shortNumbers.format(value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)) + unit;
  }

  /** Names joined by and. */
  list(names: readonly string[]): string {
    return this.#lists.format(names.map((name) => this.#isolated(name)));
  }

  /** The parts of a line that there are, such as publisher, date and paragraph. */
  line(parts: readonly (string | null | undefined)[]): string {
    return parts
      .filter((part): part is string => Boolean(part))
      .map((part) => this.#isolated(part))
      .join(this.say('comma'));
  }

  /** What the atlas holds: 58 events from 4 sources, March 2011 – January 2017. */
  atlas(atlas: {
    eventCount: number;
    sourceCount: number;
    during: { from: string | null; to: string | null } | null;
  }): string {
    return this.say('atlas', {
      events: this.count('events', atlas.eventCount),
      sources: this.count('fromSources', atlas.sourceCount),
      span: this.#span(atlas.during),
    });
  }

  #span(during: { from: string | null; to: string | null } | null): string {
    const [from, to] = [during?.from, during?.to].map((each) => (each ? new Date(each) : null));
    // Up to the last month that it touches, not to the first that it does not.
    to?.setTime(to.getTime() - 1);
    if (from && to) return this.#dates.months(from, to);
    const month = (date: Date): string => date.toISOString().slice(0, 7);
    return this.date(from ? `${month(from)}/..` : to ? `../${month(to)}` : '');
  }

  /** What a mark is called: its place and its events; of several places, the one that it stands on. */
  markName({ anchor, place, eventCount }: MarkFragment): string {
    return this.say(place ? 'mark' : 'mark.around', {
      place: anchor.name,
      events: this.count('events', eventCount),
    });
  }

  /** Whether an event took place; empty when it did. */
  status(status: EventStatus): string {
    return status === 'OCCURRED' ? '' : this.say(`status.${status}`);
  }

  /** What a place is to an event. */
  role(role: PlacementRole, status: EventStatus): string {
    return this.say(role === 'SUBJECT' ? 'role.SUBJECT' : `role.${status}`);
  }

  /** Where an event was and what it is about: Geneva, about Syria. In the list of a place that one is not named again. */
  whereabouts(placements: RowFragment['placements'], at?: string): string {
    const named = (wanted: PlacementRole, here: string): string[] => {
      const places = placements.filter(({ role }) => role === wanted).map(({ place }) => place);
      return places.some(({ id }) => id === at) ? [here] : places.map(({ name }) => name);
    };
    const subjects = named('SUBJECT', this.say('thisPlace'));
    return this.line([
      ...named('VENUE', this.say('here')),
      subjects.length > 0 ? this.say('about', { places: this.list(subjects) }) : '',
    ]);
  }

  /** What kind of place it is, and in which country: Region about 400 km across, Syria. */
  kindOfPlace({
    precision,
    country,
    radiusKm,
  }: Pick<NonNullable<PlaceDetailQuery['place']>, 'precision' | 'country' | 'radiusKm'>): string {
    if (precision === 'COUNTRY') return this.say('country');
    const region = radiusKm
      ? this.say('region.wide', { width: this.#kilometres.format(2 * radiusKm) })
      : this.say('region');
    return this.line([precision === 'REGION' ? region : '', country ? this.country(country) : '']);
  }

  /** A country's name, by its ISO 3166-1 alpha-2 code; what is none stays as it is written. */
  country(code: string): string {
    return (/^[A-Z]{2}$/.test(code) && this.#countries.of(code)) || code;
  }

  aspect(aspect: ClaimAspect): string {
    return this.say(`aspect.${aspect}`);
  }

  /** A relation as it reads from either end; one that nobody foresaw is left as the atlas has it. */
  relation(kind: string, direction: 'TO' | 'FROM'): string {
    const key = `relation.${kind}.${direction}`;
    if (Object.hasOwn(this.#texts, key)) return this.say(key as `relation.ends.${typeof direction}`);
    return direction === 'TO' ? kind : this.say('relation.FROM', { kind });
  }

  /** A source as a newspaper would cite it: Tasnim, about 10 May 2016, paragraph 3. */
  cited(source: { publisher: string | null; publishedOn: string | null }, locator?: string | null): string {
    return this.line([
      source.publisher ?? this.say('unnamedPublisher'),
      source.publishedOn === null ? '' : this.date(source.publishedOn),
      locator && this.locator(locator),
    ]);
  }

  /** Where in a source it stands: by paragraph, or as the atlas has it. */
  locator(locator: string): string {
    const [, paragraph] = /^paragraph (\d+)$/.exec(locator) ?? [];
    return paragraph ? this.say('paragraph', { number: this.number(Number(paragraph)) }) : locator;
  }

  /** A date in EDTF, written out; where its form is rare, as somebody else has written it. */
  date(edtf: string, otherwise = edtf): string {
    return this.#dates.write(edtf) ?? otherwise;
  }

  /** When an event was. */
  when({ edtf, label }: RowFragment['when']): string {
    return this.date(edtf, label);
  }

  /** What a claim gives: dates written out, tolls grouped and compared, yes and no; all else as it stands. */
  value(aspect: ClaimAspect, value: string, label: string): string {
    if (aspect === 'TIME') return this.date(value, label);
    if (value === 'yes' || value === 'no') return this.say(`value.${value}`);
    const [, sign, digits] = (aspect === 'TOLL' && /^([<>]=?|~)?(\d+)$/.exec(value)) || [];
    if (digits === undefined) return label;
    const number = this.number(Number(digits));
    return sign ? this.say(`value.${sign as '>' | '>=' | '<' | '<=' | '~'}`, { number }) : number;
  }

  /** Why a question failed. What the server says of it is left as it is written. */
  problem(error: Error): string {
    const reason = error instanceof AskError ? error.reason : undefined;
    return reason ? this.say(`problem.${reason}`) : error.message;
  }

  /** What can be done about it. */
  remedy(error: Error): string {
    const reason = error instanceof AskError ? error.reason : undefined;
    return this.say(reason ? `remedy.${reason}` : 'remedy');
  }

  /** How long a time is, in words and as roughly as it is long: 12 days, 3 months, 2 years. */
  duration(milliseconds: number): string {
    const hours = milliseconds / 3_600_000;
    const [value, unit] =
      hours < 24
        ? [hours, 'hour']
        : hours < 60 * 24
          ? [hours / 24, 'day']
          : hours < 730 * 24
            ? [hours / 730.5, 'month']
            : [hours / 8766, 'year'];
    const format = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
    return new Intl.NumberFormat(localeOf(this.language), format).format(Math.max(1, Math.round(value)));
  }
}
