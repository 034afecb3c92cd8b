import type { NewEvent } from '@shop/event-store';
import type { Simulation } from '../core/simulation.js';
import type { AppendWitness } from '../ports/event-store.js';
import type { SimulatedLog } from '../ports/simulated-log.js';

export type Ask = { readonly by: string; readonly events: readonly NewEvent[] };

/** What the log alone does not tell: who tried what, and when. */
export type Sightings = {
  readonly asks: readonly Ask[];
  /** How often a process met three conflicts in a row on one stream. */
  readonly storms: number;
  readonly late: readonly { readonly events: readonly NewEvent[]; readonly wrote: boolean; readonly outcome: string }[];
  /** Processes that began from a snapshot. */
  readonly snapshots: readonly string[];
  /** Milliseconds at which each event of the log was written. */
  readonly writtenAt: readonly number[];
};

export const watchAppends = (sim: Simulation, log: SimulatedLog): { readonly witness: AppendWitness; readonly sightings: Sightings } => {
  const asks: Ask[] = [];
  const streaks = new Map<string, { length: number; broken: boolean }>();
  let storms = 0;
  const late: Sightings['late'][number][] = [];
  const snapshots: string[] = [];
  const writtenAt: number[] = [];
  log.onWritten.add((written) => writtenAt.push(...written.map(() => sim.now())));
  return {
    witness: {
      underWay: new Set(),
      asked: ({ name }, stream, events) => {
        asks.push({ by: name, events });
        const streak = streaks.get(`${name} ${stream}`);
        if (streak?.broken) streak.length = 0;
        if (streak) streak.broken = true;
      },
      conflicted: ({ name }, stream) => {
        const key = `${name} ${stream}`;
        const length = (streaks.get(key)?.length ?? 0) + 1;
        streaks.set(key, { length, broken: false });
        if (length === 3) storms += 1;
      },
      landedLate: (events, wrote, { outcome }) => late.push({ events, wrote, outcome }),
      snapshotRead: ({ name }) => snapshots.push(name),
    },
    sightings: {
      asks,
      late,
      snapshots,
      writtenAt,
      get storms() {
        return storms;
      },
    },
  };
};
