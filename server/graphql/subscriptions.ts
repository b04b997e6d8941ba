import type { Event } from '../event.ts';
import { cursorOf, matching, readCursor, type ChangesMade } from '../live-changes.ts';
import type { AtlasState } from '../store/store.ts';
import type { Context } from './context.ts';
import { readFilter } from './filter-input.ts';
import type { Resolvers } from './schema.generated.ts';

/** A change of the atlas as one follower sees it. */
export interface ChangeSeen {
  made: ChangesMade;
  events: Event[];
}

const MOST_SHOWN = 100;

export const subscriptions: NonNullable<Resolvers['Subscription']> = {
  atlasVersion: { subscribe: (_, __, context) => versions(context), resolve: (version: string) => version },
  changes: {
    subscribe: async (_, { filter, after }, context) => {
      const asked = await readFilter(filter, context);
      const since = after ? readCursor(after) : null;
      return changes(context, (made) => ({ made, events: matching(made, asked) }), since);
    },
    resolve: (change: ChangeSeen) => change,
  },
};

export const atlasChange: NonNullable<Resolvers['AtlasChange']> = {
  version: ({ made }) => made.state.version,
  cursor: ({ made }) => cursorOf(made.state),
  isWhole: ({ made }) => made.events === null,
  eventCount: ({ events }) => events.length,
  events: ({ events }) => events.slice(0, MOST_SHOWN),
};

async function* versions(context: Context): AsyncGenerator<string> {
  const state = await context.store.state();
  yield state.version;
  yield* changes(context, (made) => made.state.version, state);
}

/** What a follower is told, when it has received what it was told before. */
async function* changes<T>(
  context: Context,
  tell: (made: ChangesMade) => T,
  after: AtlasState | null,
): AsyncGenerator<T> {
  const { live, stream } = context;
  if (stream === null) throw new Error('a subscription without a stream');
  for await (const made of live.follow(after, stream.signal)) {
    // Records that were loaded for the change before may be others now.
    context.forget();
    yield tell(made);
    await stream.ready();
  }
}
