import { Counter, Histogram, type Registry } from 'prom-client';
import type { WritingMetrics } from './writing/metrics.js';

const labelNames = ['kind'] as const;

type Tally = { appends: number; commands: number; events: number; conflicts: number; unknown: number };

/** Plain numbers, handed over when they are asked for: the writers report several times for every order. */
const tallies = () => {
  const byKind = new Map<string, Tally>();
  return {
    of: (kind: string): Tally => {
      const known = byKind.get(kind);
      if (known) return known;
      const tally = { appends: 0, commands: 0, events: 0, conflicts: 0, unknown: 0 };
      byKind.set(kind, tally);
      return tally;
    },
    show: (registry: Registry, count: keyof Tally, name: string, help: string): void => {
      const collect = function (this: Counter<'kind'>): void {
        this.reset();
        for (const [kind, tally] of byKind) this.inc({ kind }, tally[count]);
      };
      new Counter({ name, help, labelNames, registers: [registry], collect });
    },
  };
};

/** Counts what the writers report. Commands per append show how much is shared on a hot stream. */
export const writingMetrics = (registry: Registry): WritingMetrics => {
  const { of, show } = tallies();
  show(registry, 'appends', 'shop_appends_total', 'Appends acknowledged');
  show(registry, 'commands', 'shop_commands_decided_total', 'Commands decided by an append');
  show(registry, 'events', 'shop_events_written_total', 'Events written');
  show(registry, 'conflicts', 'shop_append_conflicts_total', 'Appends that met a newer revision');
  show(registry, 'unknown', 'shop_append_unknown_total', 'Tries of appends without a definite outcome');
  const queued = new Histogram({
    name: 'shop_commands_queued',
    help: 'Commands waiting for one stream as an append is sent',
    labelNames,
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 4_096],
    registers: [registry],
  });
  return {
    appended: (kind, commands, events) => {
      const tally = of(kind);
      tally.appends += 1;
      tally.commands += commands;
      tally.events += events;
    },
    conflicted: (kind) => {
      of(kind).conflicts += 1;
    },
    outcomeUnknown: (kind) => {
      of(kind).unknown += 1;
    },
    queued: (kind, waiting) => queued.observe({ kind }, waiting),
  };
};
