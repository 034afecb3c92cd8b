import type { Measure } from '../measures/measure.js';
import type { Run } from '../rounds/run-rounds.js';
import { resultsOf, variantResults, type ComparisonResult, type VariantResult } from './results.js';

export type Circumstances = {
  readonly commit: string;
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly quick: boolean;
};

/** Ratios with two or three figures, rates without a fraction. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
};
const bound = (value: number | undefined, better: 'higher' | 'lower'): string =>
  value === undefined ? '–' : `${better === 'higher' ? '≥' : '≤'} ${value}`;

/** Columns as wide as their widest cell, as formatters write them. */
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
};

const ratioRow = ({ measure, title, comparison, spread, verdict }: ComparisonResult): readonly string[] => [
  measure,
  `${title}; ${comparison.label}`,
  `**${figure(spread.median)}**${comparison.per ? '' : ` ${comparison.of.unit}`}`,
  `${figure(spread.least)} – ${figure(spread.most)}`,
  bound(comparison.floor, comparison.better),
  bound(comparison.aim, comparison.better),
  verdict,
];

const rateRow = ({ variant, spread, details, remarks }: VariantResult): readonly string[] => [
  variant.name,
  `${figure(spread.median)} ${variant.unit}`,
  [...Object.entries(details).map(([name, value]) => `${name} ${figure(value)}`), ...remarks].join(', '),
];

/** The results of a run as Markdown: ratios lead, since rates belong to a machine and an hour. */
export const reportOf = (measures: readonly Measure[], run: Run, { commit, command, date, machine, quick }: Circumstances): string => {
  const measured = measures.filter(({ skipped }) => skipped === undefined);
  const probes = run.rounds.map(({ probe }) => `${probe.median.toFixed(2)} (p95 ${probe.p95.toFixed(2)})`).join(', ');
  const void_ = run.faults.length > 0 ? ['**This run is void.**', '', ...run.faults.map((fault) => `- ${fault}`), ''] : [];
  return [
    `${date}, commit ${commit}, \`${command}\`${quick ? ', **quick: few and short rounds, an impression only**' : ''}`,
    '',
    `${machine}. ${run.rounds.length} rounds; milliseconds of a durable write of 16 KiB before each: ${probes}.`,
    '',
    ...void_,
    tableOf(['', 'ratio', 'median', 'min – max', 'floor', 'aim', ''], resultsOf(measured, run.rounds).map(ratioRow)),
    '',
    ...measures.flatMap(({ id, title, skipped }) => (skipped === undefined ? [] : [`${id} (${title}): SKIPPED, ${skipped}.`, ''])),
    'Behind the ratios, medians of the rounds:',
    '',
    tableOf(['', 'rate', 'seen besides'], variantResults(measured, run.rounds).map(rateRow)),
    '',
  ].join('\n');
};

/** True where nothing is void and nothing below its floor. */
export const isPassed = (measures: readonly Measure[], run: Run): boolean =>
  run.faults.length === 0 && resultsOf(measures, run.rounds).every(({ verdict }) => verdict !== 'BELOW FLOOR');
