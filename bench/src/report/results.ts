import type { Comparison, Measure, Reading, Variant } from '../measures/measure.js';
import { variantsOf, type Round } from '../rounds/run-rounds.js';
import { median, ratios, spreadOf, verdictOn, type Spread, type Verdict } from '../statistics.js';

export type ComparisonResult = {
  readonly measure: string;
  readonly title: string;
  readonly comparison: Comparison;
  readonly spread: Spread;
  readonly verdict: Verdict;
};

export type VariantResult = {
  readonly variant: Variant;
  readonly spread: Spread;
  /** Medians of the rounds. */
  readonly details: Readonly<Record<string, number>>;
  readonly remarks: readonly string[];
};

const readingsOf = (rounds: readonly Round[], variant: Variant): readonly Reading[] =>
  rounds.flatMap(({ readings }) => readings.get(variant) ?? []);
const valuesOf = (rounds: readonly Round[], variant: Variant): readonly number[] => readingsOf(rounds, variant).map(({ value }) => value);

export const resultsOf = (measures: readonly Measure[], rounds: readonly Round[]): readonly ComparisonResult[] =>
  measures.flatMap(({ id, title, comparisons }) =>
    comparisons.map((comparison) => {
      const { of, per } = comparison;
      const values = valuesOf(rounds, of);
      const spread = spreadOf(per ? ratios(values, valuesOf(rounds, per)) : values);
      return { measure: id, title, comparison, spread, verdict: verdictOn(spread.median, comparison) };
    }),
  );

export const variantResults = (measures: readonly Measure[], rounds: readonly Round[]): readonly VariantResult[] =>
  variantsOf(measures).map((variant) => {
    const readings = readingsOf(rounds, variant);
    const names = [...new Set(readings.flatMap(({ details }) => Object.keys(details)))];
    return {
      variant,
      spread: spreadOf(readings.map(({ value }) => value)),
      details: Object.fromEntries(names.map((name) => [name, median(readings.flatMap(({ details }) => details[name] ?? []))])),
      remarks: [...new Set(readings.flatMap(({ remarks }) => remarks))],
    };
  });
