import type { Result } from './check.ts';

/** The results as a table of Markdown, how many there are of each outcome, and how much was tried by those that passed. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ id, threat, outcome, seen }) =>
    [id, threat, outcome === 'not run' ? `not run: ${seen}` : outcome, outcome === 'not run' ? '' : seen].map(
      inCell,
    ),
  );
  const all = [['check', 'threat', 'outcome', 'seen'], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${[...widths, 4].map((width) => '-'.repeat(width)).join(' | ')} |`;
  const count = (outcome: Result['outcome']): number =>
    results.filter((each) => each.outcome === outcome).length;
  const sum = (what: 'inputs' | 'faults'): string =>
    results.reduce((total, each) => total + each[what], 0).toLocaleString('en');
  return [
    line(all[0] ?? []),
    rule,
    ...all.slice(1).map(line),
    '',
    `${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`,
    `${sum('inputs')} bad inputs tried, ${sum('faults')} faults survived with nothing lost`,
  ].join('\n');
}

const inCell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 200);
