import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** What a module said that was run in a process of its own, and the process, which may go on. */
export interface Said<T> {
  said: T;
  child: ChildProcess;
}

/** Starts a module of this folder in a process of its own, with a task, and waits for its first message. */
export function start<T>(module: string, task: unknown): Promise<Said<T>> {
  const child = fork(resolve(import.meta.dirname, module), {
    execArgv: ['--expose-gc', '--max-old-space-size=12288', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({ task });
  return new Promise((settle, fail) => {
    child.once('message', (said) => settle({ said: said as T, child }));
    child.once('error', fail);
    child.once('exit', (code, signal) =>
      fail(new Error(`${module} ended with ${signal ?? code} before it answered`)),
    );
  });
}

/** Runs a module to its end. */
export async function answerOf<T>(module: string, task: unknown): Promise<T> {
  const { said, child } = await start<T>(module, task);
  await stopped(child);
  return said;
}

/** Lets a process end: one that serves is told to by losing its parent. */
export async function stopped(child: ChildProcess): Promise<void> {
  const end = new Promise((settle) => child.once('exit', settle));
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (child.connected) child.disconnect();
  await end;
}

/** In the process that was started: does the task and tells the parent what came of it. */
export function onTask<Task, T>(work: (task: Task) => T | Promise<T>): void {
  process.once('message', (message) => {
    void (async () => {
      process.send?.(await work((message as { task: Task }).task));
    })();
  });
}
