import { z } from 'zod';
import { faultNames, type Fault } from './faults/faults.js';
import { raceNames, type Race } from './judges/races.js';
import type { Played } from './play.js';

const counts = z.record(z.string(), z.number());

/** What many seeds came to. */
export const runTally = z.object({
  seeds: z.int(),
  choices: z.int(),
  events: z.int(),
  requests: z.int(),
  faults: counts,
  races: counts,
});
export type RunTally = z.infer<typeof runTally>;

export const emptyTally = (): RunTally => ({ seeds: 0, choices: 0, events: 0, requests: 0, faults: {}, races: {} });

const plus = (one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> => {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};

export const addTallies = (one: RunTally, other: RunTally): RunTally => ({
  seeds: one.seeds + other.seeds,
  choices: one.choices + other.choices,
  events: one.events + other.events,
  requests: one.requests + other.requests,
  faults: plus(one.faults, other.faults),
  races: plus(one.races, other.races),
});

export const tallyOf = ({ choices, log, exchanges, faults, races }: Played): RunTally => ({
  seeds: 1,
  choices,
  events: log.length,
  requests: exchanges.length,
  faults: Object.fromEntries(faults),
  races: Object.fromEntries(races),
});

/** What never happened: such a run has proved nothing of it. */
export const unseen = ({ faults, races }: RunTally): readonly (Fault | Race)[] => [
  ...faultNames.filter((name) => !faults[name]),
  ...raceNames.filter((name) => !races[name]),
];
