export type Spread = { readonly median: number; readonly least: number; readonly most: number };

const byValue = (one: number, other: number) => one - other;

/** Nearest rank; NaN for no values. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort(byValue);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? NaN;
};

/** The middle one, or the mean of the middle two; NaN for no values. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort(byValue);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? NaN)) / 2 : upper;
};

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
});

/** Ratios round by round: what the neighbours on the machine did to a round, they did to both sides of it. */
export const ratios = (of: readonly number[], per: readonly number[]): readonly number[] =>
  of.map((value, round) => value / (per[round] ?? NaN));

export type Target = {
  readonly better: 'higher' | 'lower';
  /** Nothing beyond it may ship. */
  readonly floor?: number;
  readonly aim?: number;
};
export type Verdict = 'BELOW FLOOR' | 'ok' | 'ok, aim reached' | '';

/** A value that is no number fails: it was not measured. */
export const verdictOn = (value: number, { better, floor, aim }: Target): Verdict => {
  const reaches = (bound: number) => (better === 'higher' ? value >= bound : value <= bound);
  if (Number.isNaN(value) || (floor !== undefined && !reaches(floor))) return 'BELOW FLOOR';
  if (aim !== undefined && reaches(aim)) return 'ok, aim reached';
  return floor === undefined ? '' : 'ok';
};
