import { hash } from 'node:crypto';
import type { Event } from '../event.ts';
import { eventVersion, recordOf } from '../store/prepared-event.ts';
import {
  Conflict,
  type AtlasChange,
  type DeskWrite,
  type Store,
  type Told,
  type Write,
} from '../store/store.ts';
import { DeskRefusal } from './desk-refusal.ts';
import { holds, mayAs, newToken, tokenId, type DeskRole, type Token } from './token.ts';

/** An event that is not published, and the records that it names and that the atlas has not. */
export interface Draft extends Named {
  event: Event;
}

/** Records that come with an event. */
export type Named = Required<Pick<AtlasChange, 'categories' | 'places' | 'actors' | 'sources'>>;

/** An event as it was written. */
export interface Written extends Draft {
  isDraft: boolean;
}

/** How a write is made. */
export interface Deed {
  /** Why, for who reads the log. */
  reason: string | null;
  /** The name of the token that it is made with. */
  by: string;
  /** A name that the caller gives to the write: the same again under the same name is not made twice. */
  key: string | null;
  /** What was asked for, to tell that it is the same. */
  asked: unknown;
}

/** So often a change that is of no version is made again, when somebody else has changed the event meanwhile. */
const TRIES = 5;

/** What those who write an atlas do to it. All is kept in the store, so any number of servers are one desk. */
export class Desk {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** All tokens, the oldest first. */
  async tokens(): Promise<Token[]> {
    const all = (await this.#store.desk('token')).map(({ value }) => value as Token);
    return all.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** Makes a token, and gives the text that its owner is told once. */
  async createToken(of: Parameters<typeof newToken>[0]): Promise<{ token: Token; text: string }> {
    const made = newToken(of);
    await this.#store.change({}, { desk: [{ ...tokenWrite(made.token), was: null }] });
    return made;
  }

  /** Ends a token; undefined where there is none of this id. @param now ISO 8601, UTC */
  async revokeToken(id: string, now: string): Promise<Token | undefined> {
    const [found] = await this.#store.desk('token', [id]);
    if (!found) return undefined;
    const kept = found.value as Token;
    const token = { ...kept, revokedAt: kept.revokedAt ?? now };
    await this.#store.change({}, { desk: [tokenWrite(token)] });
    return token;
  }

  /** The token of a text; null where there is none that holds. @param now milliseconds since 1970 UTC */
  async tokenOf(text: string, now: number): Promise<Token | null> {
    const id = tokenId(text);
    const [found] = id === null ? [] : await this.#store.desk('token', [id]);
    const token = found?.value as Token | undefined;
    return token && holds(token, text, now) ? token : null;
  }

  /** The drafts, by id. */
  async drafts(): Promise<Draft[]> {
    return (await this.#store.desk('draft')).map(({ value }) => value as Draft);
  }

  async draft(id: string): Promise<Draft | undefined> {
    return (await this.#store.desk('draft', [id]))[0]?.value as Draft | undefined;
  }

  /** The event of an id, whether it is published or not. @throws DeskRefusal where there is none */
  async event(id: string): Promise<Written> {
    const [[published], draft] = await Promise.all([this.#store.events([id]), this.draft(id)]);
    if (draft) return { ...draft, isDraft: true };
    if (published) return { event: published, ...NOTHING_NAMED, isDraft: false };
    throw new DeskRefusal('NOT_FOUND', `no event "${id}". Give the id of one that is there, or create it.`);
  }

  /** Puts a new event. @throws DeskRefusal where there is one of its id */
  create(draft: Draft, isDraft: boolean, deed: Deed): Promise<Written> {
    return this.#once(deed, draft.event.id, async (more) => {
      const { id } = draft.event;
      if (await this.draft(id)) throw taken(id);
      const write = isDraft ? {} : changeOf(draft);
      const desk: DeskWrite[] = isDraft ? [{ kind: 'draft', id, value: draftOf(draft), was: null }] : [];
      await this.#write(write, {
        ...toldOf(deed),
        basedOn: new Map([[id, null]]),
        desk: [...desk, ...more],
      });
      return { ...draft, isDraft };
    });
  }

  /**
   * Puts an event in the place of what it was.
   * @param basedOn the version that the change is of; null makes it of whatever is there, again if that changes meanwhile
   * @param make what it is to be
   * @throws DeskRefusal where it is of another version by now
   */
  update(
    id: string,
    basedOn: string | null,
    make: (there: Written) => Promise<Draft>,
    deed: Deed,
  ): Promise<Written> {
    return this.#once(deed, id, async (more) => {
      for (let tries = 1; ; tries++) {
        const there = await this.event(id);
        if (basedOn !== null && versionOf(there.event) !== basedOn) throw conflict(there, basedOn);
        try {
          return await this.#put(there, await make(there), deed, more);
        } catch (error) {
          const isMeanwhile = error instanceof DeskRefusal && error.code === 'CONFLICT';
          if (basedOn !== null || !isMeanwhile || tries === TRIES) throw error;
        }
      }
    });
  }

  /** Puts a draft into the atlas. @throws DeskRefusal where it is of another version by now, or no draft */
  publish(id: string, basedOn: string, deed: Deed): Promise<Written> {
    return this.#once(deed, id, async (more) => {
      const { isDraft, ...there } = await this.event(id);
      const draft = draftOf(there);
      if (!isDraft)
        throw new DeskRefusal('NOT_FOUND', `"${id}" is no draft: it is published. Change it by updateEvent.`);
      if (versionOf(draft.event) !== basedOn) throw conflict({ ...draft, isDraft }, basedOn);
      await this.#write(changeOf(draft), {
        ...{ ...toldOf(deed), basedOn: new Map([[id, null]]) },
        desk: [{ kind: 'draft', id, value: null, was: draft }, ...more],
      });
      return { ...draft, isDraft: false };
    });
  }

  /** Puts an event where one is there. */
  async #put(there: Written, draft: Draft, deed: Deed, more: DeskWrite[]): Promise<Written> {
    const { isDraft, event } = there;
    const { id } = event;
    if (isDraft)
      await this.#write(
        {},
        { desk: [{ kind: 'draft', id, value: draftOf(draft), was: draftOf(there) }, ...more] },
      );
    else
      await this.#write(changeOf(draft), {
        ...{ ...toldOf(deed), basedOn: new Map([[id, versionOf(event)]]), desk: more },
      });
    return { ...draft, isDraft };
  }

  /** @throws DeskRefusal where something else was written meanwhile */
  async #write(change: AtlasChange, write: Write): Promise<void> {
    try {
      await this.#store.change(change, write);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      const there = await this.event(error.id).catch(() => null);
      if (there === null) throw new DeskRefusal('CONFLICT', changedMeanwhile(error.id), { id: error.id });
      throw write.basedOn?.get(error.id) === null ? taken(error.id) : conflict(there, null);
    }
  }

  /** Makes a write once, where the caller has given it a name. The record of that is kept with what it writes. */
  async #once(
    { key, asked }: Deed,
    event: string,
    write: (more: DeskWrite[]) => Promise<Written>,
  ): Promise<Written> {
    if (key === null) return write([]);
    const digest = hash('sha256', JSON.stringify(asked), 'base64url');
    const before = await this.#writtenBefore(key, digest);
    if (before) return before;
    try {
      return await write([{ kind: 'written', id: key, value: { digest, event }, was: null }]);
    } catch (error) {
      // The same may have been asked of another server at this moment.
      const meanwhile = await this.#writtenBefore(key, digest);
      if (meanwhile) return meanwhile;
      throw error;
    }
  }

  async #writtenBefore(key: string, digest: string): Promise<Written | undefined> {
    const [found] = await this.#store.desk('written', [key]);
    if (!found) return undefined;
    const written = found.value as { digest: string; event: string };
    if (written.digest !== digest)
      throw new DeskRefusal(
        'KEY_TAKEN',
        `the key "${key}" was given to another write. Give each write a key of its own.`,
      );
    return this.event(written.event);
  }
}

/** Whether a token allows what a role may. @throws DeskRefusal where it does not */
export function mustBe(needed: DeskRole, token: Token | null): asserts token is Token {
  if (token === null)
    throw new DeskRefusal(
      'UNAUTHENTICATED',
      'this needs a token. Make one by dateline token create, and send it as Authorization: Bearer TOKEN.',
    );
  if (!mayAs(token.role, needed))
    throw new DeskRefusal(
      'FORBIDDEN',
      `the token "${token.name}" is ${token.role}, and this needs ${needed}. Ask an owner for another one.`,
    );
}

/** The version of an event, that a change of it is based on. */
export const versionOf = (event: Event): string => eventVersion(recordOf(event));

const NOTHING_NAMED: Named = { categories: [], places: [], actors: [], sources: [] };

/** A draft with the records that it had named before, and those that are named now. */
export function merged(before: Named, draft: Draft): Draft {
  const both = <T extends { id: string }>(a: T[], b: T[]): T[] => [
    ...new Map([...a, ...b].map((each) => [each.id, each])).values(),
  ];
  return {
    event: draft.event,
    categories: both(before.categories, draft.categories),
    places: both(before.places, draft.places),
    actors: both(before.actors, draft.actors),
    sources: both(before.sources, draft.sources),
  };
}

/** The same with its parts in order, so that equal drafts are equal texts. */
const draftOf = ({ event, categories, places, actors, sources }: Draft): Draft => ({
  ...{ event, categories, places, actors, sources },
});

const changeOf = ({ event, ...named }: Draft): AtlasChange => ({ ...named, events: [event] });

/** What the log says of a write. */
const toldOf = ({ reason, by }: Deed): Told => ({ reason, token: by });

const tokenWrite = (token: Token): DeskWrite => ({ kind: 'token', id: token.id, value: token });

const taken = (id: string): DeskRefusal =>
  new DeskRefusal(
    'CONFLICT',
    `there is an event "${id}" already. Give another id, or change that one by updateEvent.`,
    {
      id,
    },
  );

const changedMeanwhile = (id: string): string =>
  `"${id}" was changed by somebody else meanwhile. Read it again, and write what you want to be different.`;

/** Both versions: the caller knows one, and is told the other. */
const conflict = ({ event }: Written, basedOn: string | null): DeskRefusal =>
  new DeskRefusal('CONFLICT', changedMeanwhile(event.id), {
    ...{ id: event.id, basedOn, version: versionOf(event), event },
  });
