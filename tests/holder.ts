import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SqliteHold, type Purpose } from '../server/store/sqlite-hold.ts';

/** What a process said that tried to hold a database: whether the last stop was clean, or why it may not. */
export type Said = { isAfterUncleanStop: boolean } | { refused: string };

/** Tries to hold a database in a process of its own, which goes on until it is killed or told anything. */
export async function holdElsewhere(
  file: string,
  purpose: Purpose,
): Promise<{ said: Said; child: ChildProcess; end: (signal?: NodeJS.Signals) => Promise<void> }> {
  const child = fork(import.meta.filename, [file, purpose]);
  const [said] = (await once(child, 'message')) as [Said];
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    const ended = once(child, 'exit');
    if (signal) child.kill(signal);
    else child.send('let go');
    await ended;
  };
  return { said, child, end };
}

const [file, purpose] = process.argv.slice(2);
if (process.send && process.argv[1] === import.meta.filename && file) {
  try {
    const hold = new SqliteHold(file, purpose as Purpose);
    process.once('message', () => {
      hold.release();
      process.disconnect();
    });
    process.send({ isAfterUncleanStop: hold.isAfterUncleanStop } satisfies Said);
  } catch (error) {
    process.send({ refused: (error as Error).message } satisfies Said, () => process.disconnect());
  }
}
