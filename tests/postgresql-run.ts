import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** For Vitest: a folder for the server of this run, and the end of both. */
export default function setup({
  provide,
}: {
  provide(name: 'postgresqlFolder', value: string): void;
}): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-postgresql-'));
  provide('postgresqlFolder', folder);
  return async () => {
    const file = join(folder, 'server');
    if (existsSync(file)) {
      const pid = Number(readFileSync(file, 'utf8').split(' ')[0]);
      process.kill(pid, 'SIGQUIT');
      for (let tries = 0; tries < 100 && isRunning(pid); tries++) await wait(100);
    }
    rmSync(folder, { recursive: true, force: true });
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresqlFolder: string;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
