import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../input-error.ts';
import { batchesOf, type Batch, type SetAside } from './batches.ts';
import type { ReadOptions } from './format.ts';
import { formatOf, headOf } from './recognise.ts';
import { openFile } from './input.ts';
import { Packer, type PackedBatch } from './packed-batch.ts';

/** Which file is to be read, and how. */
export interface ReadTask {
  path: string;
  name: string;
  format: string;
  options: Omit<ReadOptions, 'onRead'>;
}

/** What is asked of the thread: to go on, when a batch is done with; or the values of the row of an event of the oldest batch. */
export type ReadQuestion = 'done' | { event: number };

/** What it says. */
export type ReadAnswer =
  | { batch: PackedBatch; lines: number[]; faults: SetAside[]; stored: number }
  | { values: Record<string, string> }
  | { refused: string }
  | 'end';

/** So many batches are made before the first of them is done with. */
const AHEAD = 8;

const packer = new Packer();
const given: Pick<Batch, 'valuesOf'>[] = [];
let goOn = (): void => {};

const tell = (answer: ReadAnswer, ...moved: ArrayBuffer[]): void => parentPort?.postMessage(answer, moved);

parentPort?.on('message', (question: ReadQuestion) => {
  if (question === 'done') {
    given.shift();
    goOn();
  } else void given[0]?.valuesOf(question.event).then((values) => tell({ values }));
});

async function read({ path, name, format, options }: ReadTask): Promise<void> {
  const head = headOf(await openFile(path, name));
  let stored = 0;
  const onRead = (bytes: number): number => (stored += bytes);
  for await (const batch of batchesOf(formatOf(head, format).read(head, { ...options, onRead }))) {
    const { lines, faults, valuesOf } = batch;
    given.push({ valuesOf });
    const packed = packer.pack(batch.load);
    tell({ batch: packed, lines, faults, stored }, packed.times.buffer, packed.fields.buffer);
    stored = 0;
    while (given.length >= AHEAD) await new Promise<void>((done) => (goOn = done));
  }
  tell('end');
}

try {
  await read(workerData as ReadTask);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  tell({ refused: error.message });
}
// What was given may still be asked for.
