import { EventStoreUnavailableError, fromPosition, toPosition, type Loss, type NewEvent, type Staging } from '@shop/event-store';
import type { Actor, Simulation } from '../core/simulation.js';
import type { Faults } from '../faults/faults.js';
import type { AppendWitness } from './event-store.js';
import { positionGap, type SimulatedLog } from './simulated-log.js';

type StagedAppend = { readonly stream: string; readonly expected: number; readonly events: readonly NewEvent[] };

/** Appends on their way into the log, of all processes that write to it, as in the one store of an embedded shop. */
export type SimulatedStaging = {
  readonly seenBy: (who: Actor) => Staging;
  /** All of them are in the log now: what is written besides comes after them. */
  readonly flush: () => void;
  /** A process has died: what was on its way may have gone with it. */
  readonly crash: () => void;
};

export type StagingParts = {
  readonly sim: Simulation;
  readonly log: SimulatedLog;
  readonly faults: Faults;
  readonly witness: AppendWitness;
};

/** Most milliseconds that a write to disk takes. */
const slowest = 40;

export const simulatedStaging = ({ sim, log, faults, witness }: StagingParts): SimulatedStaging => {
  const { random } = sim;
  const disk = sim.actor('the disk');
  const listeners: { readonly who: Actor; readonly told: () => void }[] = [];
  let batch = 1;
  let losses = 0;
  let lastLoss: Loss | undefined;
  let pending: StagedAppend[] = [];
  let settled: Promise<void> | undefined;
  let settle: (() => void) | undefined;

  const revisionOf = (stream: string): number => {
    const last = pending.findLast((staged) => staged.stream === stream);
    return last ? last.expected + last.events.length : log.revisionOf(stream);
  };
  const head = () => {
    const staged = pending.reduce((sum, { events }) => sum + events.length, 0);
    return toPosition(Number(fromPosition(log.head())) + staged * positionGap);
  };
  const next = (): void => {
    batch += 1;
    settle?.();
    settled = undefined;
    settle = undefined;
  };
  const flush = (): void => {
    if (pending.length === 0) return;
    const written = pending;
    pending = [];
    for (const { stream, expected, events } of written) {
      const { outcome } = log.append(stream, expected, events);
      if (outcome !== 'ok') throw new Error(`${stream} took no append that had been staged for it`);
    }
    next();
  };
  const lose = (): void => {
    if (pending.length === 0) return;
    pending = [];
    losses += 1;
    lastLoss = { from: batch, certain: true };
    sim.trace.remark('staged appends are lost');
    for (const { who, told } of listeners) if (who.alive) told();
    next();
  };
  const write = async (): Promise<void> => {
    await sim.step(disk, 'commit');
    if (random() < 0.2) await sim.sleep(disk, random() * slowest);
    if (faults.strikes('staged appends lost')) lose();
    else flush();
  };

  return {
    flush,
    crash: () => {
      if (random() < 0.5) lose();
    },
    seenBy: (who) => ({
      stage: (stream, expected, events) => {
        if (faults.strikes('append not staged') || expected !== revisionOf(stream)) return undefined;
        witness.asked(who, stream, events);
        if (pending.length === 0) sim.start(write());
        pending.push({ stream, expected, events });
        return { revision: expected + events.length, position: head(), batch };
      },
      lastRevision: (stream) => {
        if (!who.alive) throw new EventStoreUnavailableError('its process has died');
        return revisionOf(stream);
      },
      head,
      settled: () => {
        if (pending.length === 0) return undefined;
        settled ??= new Promise((resolve) => {
          settle = resolve;
        });
        return settled.then(() => sim.step(who, 'on disk'));
      },
      losses: () => losses,
      lastLoss: () => lastLoss,
      onLoss: (told) => {
        listeners.push({ who, told });
      },
    }),
  };
};
