import type { Target } from '../statistics.js';

export type Settings = {
  readonly seed: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Where node's profiles of the shops go. */
  readonly profiles: string | undefined;
};

/** One turn of one variant. */
export type Turn = {
  /** Fresh, and removed afterwards. */
  readonly folder: string;
  readonly settings: Settings;
  /** Differs from round to round and is the same for all variants of a round. */
  readonly seed: number;
};

export type Reading = {
  /** What ratios are made of. */
  readonly value: number;
  /** What else was seen, by name; shown as the median of the rounds. */
  readonly details: Readonly<Record<string, number>>;
  /** Whatever makes the run void. */
  readonly faults: readonly string[];
  /** What a reader of the numbers has to know. */
  readonly remarks: readonly string[];
};

/** One side of a comparison: a fresh process on a fresh folder each time. */
export type Variant = { readonly name: string; readonly unit: string; readonly run: (turn: Turn) => Promise<Reading> };

export type Comparison = Target & {
  readonly label: string;
  readonly of: Variant;
  /** Absent: the value itself is judged. */
  readonly per?: Variant;
};

export type Measure = {
  readonly id: string;
  readonly title: string;
  readonly comparisons: readonly Comparison[];
  /** Made once before the rounds, in a folder that stays until they are over. */
  readonly prepare?: (folder: string, settings: Settings) => Promise<void>;
  /** Why it cannot run here. */
  readonly skipped?: string | undefined;
};
