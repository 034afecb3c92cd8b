import { isWrite, type Operation } from './operation.js';

/** The number after each revision of its stream, as the log has it; 0 before the first. */
export type Values = readonly number[];

/**
 * - `lost update`: a write was acknowledged that the log has not, or has at another's place, or from before what had ended when it began
 * - `forged write`: a write did something else than it was answered, or left less than nothing
 * - `forged read`: an answer that was not the number at its revision
 * - `stale read`: an answer from before something that had ended when the read began
 * - `untrue answer`: an answer without a revision that was true at none between its request and its answer
 */
export type WitnessFinding = {
  readonly kind: 'lost update' | 'forged write' | 'forged read' | 'stale read' | 'untrue answer';
  readonly operation: string;
  readonly expected: string;
  readonly found: string;
};

type Placed = Operation & { readonly revision: number };
const isPlaced = (operation: Operation): operation is Placed => operation.revision !== undefined;

const valueAt = (values: Values, revision: number): number | undefined => (revision === -1 ? 0 : values[revision]);

const finding = (kind: WitnessFinding['kind'], { name: operation }: Operation, expected: unknown, found: unknown): WitnessFinding => ({
  kind,
  operation,
  expected: String(expected),
  found: String(found),
});

const judgeWrites = (values: Values, operations: readonly Operation[]): WitnessFinding[] => {
  const writers = new Map<number, Operation>();
  return operations.filter(isWrite).flatMap((write): WitnessFinding[] => {
    const { revision, adds, saw, end } = write;
    if (revision === undefined) return end === Infinity ? [] : [finding('lost update', write, 'a revision in the log', 'none')];
    const value = values[revision];
    if (value === undefined) return [finding('lost update', write, `revision ${revision} in the log`, `none beyond ${values.length - 1}`)];
    const other = writers.get(revision);
    if (other) return [finding('lost update', write, `revision ${revision} of its own`, `that of ${other.name}`)];
    writers.set(revision, write);
    const added = value - (valueAt(values, revision - 1) ?? NaN);
    if (added !== adds || value < 0) return [finding('forged write', write, `${adds} added and nothing below 0`, `${added}, so ${value}`)];
    return saw === undefined || saw === value ? [] : [finding('forged write', write, value, saw)];
  });
};

const judgeReads = (values: Values, operations: readonly Operation[]): WitnessFinding[] =>
  operations
    .filter((operation) => !isWrite(operation))
    .filter(isPlaced)
    .flatMap((read) => {
      const value = valueAt(values, read.revision);
      return read.saw === undefined || read.saw === value
        ? []
        : [finding('forged read', read, value ?? 'nothing: no such revision', read.saw)];
    });

/** The latest revision that an operation may have which ends at a time: what begins later is not before it, a write is after it. */
const latestBefore = (operations: readonly Operation[]): ((end: number) => number) => {
  const later = operations.filter(isPlaced).sort((one, other) => one.begin - other.begin);
  const least: number[] = [];
  for (let index = later.length - 1, lowest = Infinity; index >= 0; index -= 1) {
    const operation = later[index];
    if (operation) lowest = Math.min(lowest, isWrite(operation) ? operation.revision - 1 : operation.revision);
    least[index] = lowest;
  }
  return (end) => {
    let [low, high] = [0, later.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((later[middle]?.begin ?? Infinity) > end) high = middle;
      else low = middle + 1;
    }
    return least[low] ?? Infinity;
  };
};

type Moment = { readonly at: number; readonly ends: boolean; readonly operation: Operation };

/** Of what happens at one time the beginnings come first: such operations overlap. */
const momentsOf = (operations: readonly Operation[]): Moment[] =>
  operations
    .flatMap((operation): Moment[] => [
      { at: operation.begin, ends: false, operation },
      { at: operation.end, ends: true, operation },
    ])
    .sort((one, other) => (one.at === other.at ? Number(one.ends) - Number(other.ends) : one.at - other.at));

/** In real time the latest revision that was answered only rises. An answer without a revision is given the earliest at which it is true. */
const judgeTimes = (values: Values, operations: readonly Operation[]): WitnessFinding[] => {
  const latest = latestBefore(operations);
  const revisions = new Map<Operation, number>();
  const findings: WitnessFinding[] = [];
  let highest = -1;
  const earliestTrue = ({ saw, end }: Operation): number | undefined => {
    const last = Math.min(latest(end), values.length - 1);
    for (let revision = highest; revision <= last; revision += 1) if (valueAt(values, revision) === saw) return revision;
    return undefined;
  };
  const begin = (operation: Operation): void => {
    const revision = operation.revision ?? (isWrite(operation) ? undefined : earliestTrue(operation));
    if (revision !== undefined) {
      revisions.set(operation, revision);
      if (revision < highest || (isWrite(operation) && revision === highest))
        findings.push(finding(isWrite(operation) ? 'lost update' : 'stale read', operation, `from revision ${highest} on`, revision));
    } else if (!isWrite(operation))
      findings.push(finding('untrue answer', operation, `true between revisions ${highest} and ${latest(operation.end)}`, operation.saw));
  };
  for (const { ends, operation } of momentsOf(operations)) {
    if (ends) highest = Math.max(highest, revisions.get(operation) ?? -1);
    else begin(operation);
  }
  return findings;
};

/**
 * Whether what clients saw of one number fits the revisions that its answers carry: writes and reads are right at theirs, and real time never
 * goes back. In O(n log n), whatever the length; it trusts that `values` is the log. The simulation has a witness of its own, which knows
 * between which events each request ran; nobody knows that of a real shop, where times are all there is.
 */
export const witness = (values: Values, operations: readonly Operation[]): readonly WitnessFinding[] => [
  ...judgeWrites(values, operations),
  ...judgeReads(values, operations),
  ...judgeTimes(values, operations),
];
