import { DatabaseSync } from 'node:sqlite';
import { migrate, type Migration } from '../server/store/sqlite-migrations.ts';

/** Steps for tests: each adds a column and fills it from those before. As a program it runs them, and dies within one. */
export const STEPS: readonly Migration[] = ['first', 'second', 'third'].map((name, at, names) => ({
  from: at + 1,
  run: (db) => {
    db.exec(`ALTER TABLE event ADD COLUMN ${name} TEXT`);
    const whole = ['upper(id)', ...names.slice(0, at).map(() => 'upper(id)')].join(' || ');
    db.exec(`UPDATE event SET ${name} = ${whole}; SELECT within(${at + 1})`);
  },
}));

const [file, dies] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && file) {
  const db = new DatabaseSync(file);
  db.function('within', (step) => {
    if (step === Number(dies)) process.kill(process.pid, 'SIGKILL');
    return null;
  });
  migrate(db, file, STEPS, STEPS.length + 1);
  db.close();
}
