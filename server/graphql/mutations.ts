import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustBe, type Deed, type Written } from '../desk/desk.ts';
import type { DeskRole } from '../desk/token.ts';
import { faultText, importFiles, type FileSummary } from '../import/importer.ts';
import { InputError } from '../input-error.ts';
import { openStore } from '../store/open-store.ts';
import type { Context } from './context.ts';
import { claimAdded, readEvent, readPatch } from './event-input.ts';
import type { MutationImportEventsArgs, Resolvers } from './schema.generated.ts';

/** What became of the rows of a file that was sent. */
export type ImportMade = Omit<FileSummary, 'faults'> & { faults: string[] };

/** What can be written, each by those who may write it. */
export const mutations: NonNullable<Resolvers['Mutation']> = {
  createEvent: async (_, args, context) => {
    const deed = deedOf('createEvent', 'EDITOR', args, context);
    const draft = await readEvent(args.event, args.named, context);
    return shown(await context.desk.create(draft, args.isDraft ?? false, deed), context);
  },
  updateEvent: async (_, args, context) => {
    const deed = deedOf('updateEvent', 'EDITOR', args, context);
    const make = (there: Written) => readPatch(there, args.event, args.named, context);
    return shown(await context.desk.update(args.id, args.basedOn, make, deed), context);
  },
  retractEvent: async (_, args, context) => {
    const deed = deedOf('retractEvent', 'EDITOR', args, context);
    if (args.reason.trim() === '')
      throw new InputError('the reason is empty. Say why the event is retracted.');
    const make = (there: Written) => readPatch(there, { status: 'RETRACTED' }, null, context);
    return shown(await context.desk.update(args.id, args.basedOn, make, deed), context);
  },
  addClaim: async (_, args, context) => {
    const deed = deedOf('addClaim', 'EDITOR', args, context);
    const make = (there: Written) => claimAdded(there, args.claim, args.named, context);
    return shown(await context.desk.update(args.event, null, make, deed), context);
  },
  publishEvent: async (_, args, context) => {
    const deed = deedOf('publishEvent', 'EDITOR', args, context);
    return shown(await context.desk.publish(args.id, args.basedOn, deed), context);
  },
  importEvents: async (_, args, context) => {
    mustBe('OWNER', context.token);
    const made = await importText(args, context);
    await context.store.look();
    context.forget();
    return made;
  },
};

/** How a write is made, where the caller may make it. Keys of different tokens are different. */
function deedOf(
  what: string,
  needed: DeskRole,
  args: { reason?: string | null; key?: string | null },
  { token }: Context,
): Deed {
  mustBe(needed, token);
  return {
    reason: args.reason ?? null,
    by: token.name,
    key: args.key ? `${token.id} ${args.key}` : null,
    asked: [what, args],
  };
}

/** What the rest of the request sees of a write. */
function shown(written: Written, context: Context): Written {
  context.forget();
  if (written.isDraft) context.bring(written);
  return written;
}

/**
 * Reads a text as a file of events into the atlas. By a connection of its own: a load has its store to itself.
 * @throws InputError when it cannot be read as events at all
 */
async function importText(
  { text, dataset, format, reason }: MutationImportEventsArgs,
  { store, token }: Context,
): Promise<ImportMade> {
  if (store.location === null) throw new Error('the store is one that nothing can be imported into');
  const folder = await mkdtemp(join(tmpdir(), 'dateline-'));
  try {
    const file = join(folder, 'events');
    await writeFile(file, text);
    const into = await openStore(store.location);
    try {
      const plan = {
        ...{ files: [file], format: format ?? null, columns: new Map(), dates: null, dataset },
        ...{
          reason: reason ?? null,
          token: token?.name ?? null,
          isReplaced: false,
          isDry: false,
          rejectsFolder: null,
        },
      };
      const [summary] = await importFiles(into, plan, () => {});
      if (summary === undefined) throw new Error('a file was imported without a summary');
      const faults = summary.faults.map((fault) => `line ${fault.line}: ${faultText(fault)}`);
      return { ...summary, faults };
    } finally {
      await into.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
