import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from './generator.ts';
import type { Answers } from './index-bench.ts';
import { measure } from './measure.ts';
import { onTask } from './own-process.ts';
import { questionsOf, type Question } from './questions.ts';
import { CannotRun, type Rival } from './rival.ts';
import { RIVALS, type Entry, type RivalResult, type RivalTask } from './rivals.ts';

/** How many questions are asked for the sake of comparing alone. */
const COMPARED = 50;

async function measureRival({ name, events, questions, effort, answers }: RivalTask): Promise<RivalResult> {
  const entry = RIVALS[name] as Entry;
  if (events > entry.most) return { name, events, skipped: `${entry.most} events at most, as ${entry.why}` };
  const folder = mkdtempSync(join(tmpdir(), 'dateline-bench-'));
  const begun = performance.now();
  try {
    const columns = generate(events);
    const asked = questionsOf(columns, questions);
    const rival = await entry.open(columns, folder);
    const loadMs = performance.now() - begun;
    try {
      const compared = entry.differs ?? (await compare(rival, asked, answers));
      const times = await measure(asked.length, effort, async (at) => {
        const { cells } = await rival.clusters(asked[at] as Question);
        return cells;
      });
      return { name, events, version: rival.version, loadMs, compared, times };
    } finally {
      await rival.close();
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND');
    if (error instanceof CannotRun || isMissing)
      return { name, events, skipped: (error as Error).message.split('\n')[0] ?? '' };
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What of the index's answers the rival's were found equal to. @throws Error when one differs */
async function compare(rival: Rival, asked: Question[], answers: Answers): Promise<string> {
  const compared: string[] = [];
  const check = async <T>(
    what: string,
    expected: readonly T[],
    ask?: (question: Question) => Promise<T>,
  ): Promise<void> => {
    if (!ask) return;
    const some = expected.slice(0, COMPARED);
    for (const [at, ours] of some.entries()) {
      const theirs = await ask(asked[at] as Question);
      if (JSON.stringify(theirs) !== JSON.stringify(ours))
        throw new Error(
          `the index and the rival differ in ${what} of ${JSON.stringify(asked[at])}: ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}`,
        );
    }
    compared.push(`${some.length} ${what}`);
  };
  await check(
    'sums of clusters',
    answers.placements,
    async (question) => (await rival.clusters(question)).placements,
  );
  await check('sums by category', answers.placementsOfKinds, rival.placementsOfKinds);
  await check('counts of events', answers.events, rival.events);
  await check('timelines', answers.timelines, rival.timeline);
  return `equal: ${compared.join(', ')}`;
}

onTask(measureRival);
