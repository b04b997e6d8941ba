import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SERVER = resolve(import.meta.dirname, '../server');

/** How a process ended, and what it said on standard error on the way. */
export interface Ended {
  code: number | null;
  signal: string | null;
  error: string;
}

/** The program as people run it: a process of its own, with these settings and no others, on a free port. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #out: string[] = [];
  readonly #error: string[] = [];

  /**
   * @param file what is run: `main.ts`, or `dateline.js` as the command does
   * @param folder the working folder; an empty one of its own when missing
   * @param args what is told to it on its command line
   */
  constructor(
    settings: Record<string, string>,
    { file = 'main.ts', folder = mkdtempSync(join(tmpdir(), 'dateline-')), args = [] as string[] } = {},
  ) {
    const env = { PATH: process.env['PATH'] ?? '', PORT: '0', ...settings };
    this.child = spawn(process.execPath, [join(SERVER, file), ...args], { env, cwd: folder });
    this.child.stdout?.on('data', (data) => this.#out.push(String(data)));
    this.child.stderr?.on('data', (data) => this.#error.push(String(data)));
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal, error: this.said() }));
  }

  /** What it has printed so far. */
  printed(): string {
    return this.#out.join('');
  }

  /** What it has said on standard error so far. */
  said(): string {
    return this.#error.join('');
  }

  /** Waits for the line that says where it listens. @throws when it ends before */
  async address(): Promise<string> {
    const line = new Promise<void>((done) => {
      const look = (): void => void (this.printed().includes('\n') && done());
      this.child.stdout?.on('data', look);
      look();
    });
    await Promise.race([line, this.ended]);
    const [address] = /http:\S+/.exec(this.printed()) ?? [];
    if (address === undefined) throw new Error(`it did not start: ${this.printed()} ${this.said()}`);
    return address;
  }

  /** Tells it to stop, and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
