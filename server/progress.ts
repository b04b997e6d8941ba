import type { WriteStream } from 'node:tty';
import type { Progress } from './import/importer.ts';

const [OFTEN, SELDOM] = [100, 5000];

/** Tells how far an import is: on a terminal in one line that changes, elsewhere in a line now and then. */
export class ProgressLine {
  readonly #to: WriteStream;
  readonly #started = performance.now();
  #shown = -Infinity;

  constructor(to: WriteStream) {
    this.#to = to;
  }

  show({ file, rows, part }: Progress): void {
    const now = performance.now();
    if (now - this.#shown < (this.#to.isTTY ? OFTEN : SELDOM)) return;
    // What is done in no time needs no telling.
    if (this.#shown === -Infinity && !this.#to.isTTY) {
      this.#shown = now;
      return;
    }
    this.#shown = now;
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const left = part ? Math.round((seconds / part) * (1 - part)) : null;
    const text = [
      `${file}: ${rows.toLocaleString('en')} rows`,
      `${Math.round(rows / seconds).toLocaleString('en')} a second`,
      ...(left === null || left < 0 ? [] : [`${left} s left`]),
    ].join(', ');
    this.#to.write(this.#to.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#to.isTTY) this.#to.write('\r\u001b[K');
  }
}
