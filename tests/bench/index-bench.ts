import type { EventIndex } from '../../server/event-index.ts';
import { generate, indexOf } from './generator.ts';
import { measure, type Effort, type Times } from './measure.ts';
import { onTask } from './own-process.ts';
import { boxOf, EDGES, kindsOf, periodOf, questionsOf, type Question } from './questions.ts';

/** What to measure. */
export interface IndexTask {
  events: number;
  questions: number;
  effort: Effort;
}

/** What the index answered, for the rivals to agree with. Placements and events are those that match. */
export interface Answers {
  placements: number[];
  placementsOfKinds: number[];
  events: number[];
  /** Of the first few questions. */
  timelines: { possibly: number[]; certainly: number[] }[];
}

/** What was measured at one size. */
export interface IndexResult {
  events: number;
  placements: number;
  places: number;
  generateMs: number;
  buildMs: number;
  bytesPerEvent: number;
  /** Median of marks in a view. */
  marks: number;
  clusters: Times;
  clustersOfKinds: Times;
  timeline: Times;
  count: Times;
  answers: Answers;
}

/** How many timelines are compared: DuckDB takes its time for them. */
const COMPARED_TIMELINES = 5;

const EDGES_IN_MS = EDGES.map((minute) => minute * 60_000);

const sumOf = (clusters: { count: number }[]): number => clusters.reduce((sum, { count }) => sum + count, 0);

/** A size's questions and its index alone, all else released. */
function built({ events, questions }: IndexTask): {
  index: EventIndex;
  asked: Question[];
  about: Pick<IndexResult, 'events' | 'placements' | 'places' | 'generateMs' | 'buildMs'>;
} {
  const begun = performance.now();
  const columns = generate(events);
  const generateMs = performance.now() - begun;
  const started = performance.now();
  const index = indexOf(columns);
  const buildMs = performance.now() - started;
  const about = { events, placements: columns.event.length, places: columns.x.length, generateMs, buildMs };
  return { index, asked: questionsOf(columns, questions), about };
}

async function measureIndex(task: IndexTask): Promise<IndexResult> {
  const before = bytes();
  const { index, asked, about } = built(task);
  const bytesPerEvent = (bytes() - before) / task.events;
  const views = asked.map((question) => ({
    box: boxOf(question),
    zoom: question.zoom,
    period: periodOf(question),
    kinds: kindsOf(question),
  }));
  const view = (at: number): (typeof views)[number] => views[at] as (typeof views)[number];

  const marks = views.map(({ box, zoom, period }) => index.clusters(box, zoom, period));
  const timelines = views.slice(0, COMPARED_TIMELINES).map(({ box }) => ({
    possibly: [...index.timeline({ box }, EDGES_IN_MS)],
    certainly: [...index.timelineCertainly({ box }, EDGES_IN_MS)],
  }));
  const answers = {
    placements: marks.map(sumOf),
    placementsOfKinds: views.map(({ box, zoom, period, kinds }) =>
      sumOf(index.clusters(box, zoom, { ...period, kinds })),
    ),
    events: views.map(({ box, period }) => index.count({ ...period, box })),
    timelines,
  };
  const timed = (ask: (at: number) => number): Promise<Times> => measure(asked.length, task.effort, ask);
  return {
    ...about,
    bytesPerEvent,
    marks: marks.map(({ length }) => length).sort((a, b) => a - b)[marks.length >> 1] ?? 0,
    clusters: await timed((at) => index.clusters(view(at).box, view(at).zoom, view(at).period).length),
    clustersOfKinds: await timed((at) => {
      const { box, zoom, period, kinds } = view(at);
      return index.clusters(box, zoom, { ...period, kinds }).length;
    }),
    timeline: await timed((at) => index.timeline({ box: view(at).box }, EDGES_IN_MS)[60] ?? 0),
    count: await timed((at) => index.count({ ...view(at).period, box: view(at).box })),
    answers,
  };
}

/** What is held in array buffers, once all that is not needed is gone. */
function bytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().arrayBuffers;
}

onTask(measureIndex);
