import { on } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InputError } from '../input-error.ts';
import { batchesOf, type Batch } from './batches.ts';
import type { ReadAnswer, ReadQuestion, ReadTask } from './batch-worker.ts';
import type { Format, Head, ReadOptions } from './format.ts';
import { Unpacker } from './packed-batch.ts';

/** Bytes from which on a file is worth a thread, which takes a tenth of a second to start. */
const LARGE = 2 * 2 ** 20;

/** Megabytes for what is new on the thread: nearly all of it is of no more use when its batch has gone, and need not be moved. */
const YOUNG = 96;

/** The rows of a file in portions; of a large one they are made on another thread, while this one does what it does with them. */
export const readBatches = (head: Head, format: Format, options: ReadOptions): AsyncIterable<Batch> =>
  (head.input.size ?? 0) < LARGE
    ? batchesOf(format.read(head, options))
    : batchesApart(head, format, options);

/** The rows of a file in portions, made on a thread of their own. */
export async function* batchesApart(
  { input: { path, name } }: Head,
  format: Format,
  { columns, dates, onRead }: ReadOptions,
): AsyncGenerator<Batch, void> {
  const task: ReadTask = { path, name, format: format.name, options: { columns, dates } };
  const file = `./batch-worker${extname(import.meta.filename)}`;
  const thread = new Worker(new URL(file, import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
  });
  const ask = (question: ReadQuestion): void => thread.postMessage(question);
  const unpacker = new Unpacker();
  const ofRows: PromiseWithResolvers<Record<string, string>>[] = [];
  // Asked for while nobody waits for the next batch.
  thread.on('message', (answer: ReadAnswer) => {
    if (answer !== 'end' && 'values' in answer) ofRows.shift()?.resolve(answer.values);
  });
  thread.on('exit', () =>
    ofRows.splice(0).forEach(({ reject }) => reject(new Error('the reading was ended'))),
  );
  const valuesOf = (event: number): Promise<Record<string, string>> => {
    const values = Promise.withResolvers<Record<string, string>>();
    ofRows.push(values);
    ask({ event });
    return values.promise;
  };
  try {
    for await (const [answer] of on(thread, 'message') as AsyncIterable<[ReadAnswer]>) {
      if (answer === 'end') return;
      if ('refused' in answer) throw new InputError(answer.refused);
      if (!('batch' in answer)) continue;
      const { batch, lines, faults, stored } = answer;
      onRead?.(stored);
      yield { load: unpacker.unpack(batch), lines, faults, valuesOf };
      ask('done');
    }
  } finally {
    await thread.terminate();
  }
}
